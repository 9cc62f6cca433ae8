namespace Penstock.Engines;

/// <summary>A call as an inference server sees it: tokens by their blocks, and how long its answer is going to be.</summary>
internal sealed class EngineCall
{
    /// <summary>Tokens in a block.</summary>
    public const int BlockTokens = 16;

    /// <summary>
    /// The hashes of the full blocks of prompt and answer together, each of all that is before its end (<see cref="BlockHash"/>):
    /// <c>(PromptTokens + OutputTokens) / 16</c> of them, or fewer where nobody will ever ask for the rest.
    /// </summary>
    public required ReadOnlyMemory<ulong> Blocks { get; init; }

    /// <summary>One at least.</summary>
    public required int PromptTokens { get; init; }

    /// <summary>One at least: the last of them ends the call.</summary>
    public required int OutputTokens { get; init; }

    /// <summary>The slot that it wants (<c>id_slot</c> of llama.cpp); null: any.</summary>
    public int? Slot { get; init; }
}
