using Penstock.Engines;

namespace Penstock.Bench.Simulation;

/// <summary>A call of a workload, as it was drawn: when it comes, and what it asks.</summary>
internal sealed class PlannedCall
{
    /// <summary>The call whose answer it follows, by its place in the plan, which is before its own; null: it comes by itself.</summary>
    public int? After { get; init; }

    /// <summary>Microseconds: from the beginning, or from the end of <see cref="After"/> (how long somebody thinks).</summary>
    public required long Delay { get; init; }

    /// <summary>The conversation that it belongs to: what a caller would put into <c>X-Session-Id</c>.</summary>
    public required ulong Conversation { get; init; }

    /// <summary>The hashes of the blocks of prompt and answer, of 16 tokens each.</summary>
    public required ReadOnlyMemory<ulong> Blocks { get; init; }

    public required int PromptTokens { get; init; }

    public required int OutputTokens { get; init; }

    /// <summary>Those of <see cref="Blocks"/> that are all of the prompt.</summary>
    public ReadOnlyMemory<ulong> PromptBlocks => Blocks[..Math.Min(Blocks.Length, PromptTokens / EngineCall.BlockTokens)];
}
