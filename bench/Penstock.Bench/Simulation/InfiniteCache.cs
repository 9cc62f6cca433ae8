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
        foreach (var block in prompt[known..]) _blocks.Add(block);
        // One token is always read, and its block with it.
        return Math.Min(known, (plan.PromptTokens - 1) / EngineCall.BlockTokens) * EngineCall.BlockTokens;
    }

    public void Ended(PlannedCall plan)
    {
        foreach (var block in plan.Blocks.Span[plan.PromptBlocks.Length..]) _blocks.Add(block);
    }
}
