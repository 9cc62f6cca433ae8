using Penstock.Engines;

namespace Penstock.Bench.Simulation;

/// <summary>A cache that forgets nothing, that all servers share, and that knows a prompt from its arrival on: the most that any router could get.</summary>
internal sealed class InfiniteCache
{
    private readonly HashSet<ulong> _blocks = [];

    /// <summary>A call comes.</summary>
    /// <returns>The tokens of its prompt that need not be read.</returns>
    public int Arrived(PlannedCall plan)
    {
        var prompt = plan.PromptBlocks.Span;
        var known = 0;
        while (known < prompt.Length && _blocks.Contains(prompt[known])) known++;
        Add(prompt[known..]);
        // One token is always read, and its block with it.
        return Math.Min(known, (plan.PromptTokens - 1) / EngineCall.BlockTokens) * EngineCall.BlockTokens;
    }

    public void Ended(PlannedCall plan) => Add(plan.Blocks.Span[plan.PromptBlocks.Length..]);

    private void Add(ReadOnlySpan<ulong> blocks)
    {
        foreach (var block in blocks) _blocks.Add(block);
    }
}
