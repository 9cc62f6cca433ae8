using Penstock.Backends;

namespace Penstock.Routing.Prefix;

/// <summary>
/// The server that is expected to begin with the answer first: which has the beginning of the prompt, little to do and a
/// seat. What each costs is <see cref="CostModel"/>'s; here is the choice.
/// </summary>
/// <param name="pool">What is known of the servers.</param>
/// <param name="stickiness">By how much another server must be faster, at most, to be preferred to one that has the prompt.</param>
internal sealed class PrefixPicker(PrefixPool pool, TimeSpan stickiness) : IBackendPicker
{
    // Costs that differ by less are the same: what is measured is not better than that.
    private const double LeastDifference = 0.002;

    private readonly LeastLoadedPicker _blind = new();
    private readonly CostModel _costs = new(pool, stickiness);

    public bool ReadsPrompts => true;

    public Backend? Pick(ReadOnlySpan<Backend> free, ReadOnlySpan<Backend> full, PromptShape? prompt)
    {
        if (prompt is null) return _blind.Pick(free);
        _ = Reckon(free, full, prompt, out var chosen);
        if (chosen < free.Length) return free[chosen];
        prompt.Await(pool.Paces.Of(full[chosen - free.Length]));
        return null;
    }

    public IDispatch? Begin(Backend backend, PromptShape? prompt) => prompt is null ? null : new PrefixDispatch(pool, backend, prompt);

    public IReadOnlyList<RouteCost> Explain(ReadOnlySpan<Backend> free, ReadOnlySpan<Backend> full, PromptShape prompt, out Backend? chosen)
    {
        var costs = Reckon(free, full, prompt, out var index);
        chosen = costs.Length == 0 ? null : costs[index].Backend;
        return costs;
    }

    private RouteCost[] Reckon(ReadOnlySpan<Backend> free, ReadOnlySpan<Backend> full, PromptShape prompt, out int chosen)
    {
        var costs = new RouteCost[free.Length + full.Length];
        var deepest = _costs.Estimate(free, full, prompt, costs);
        chosen = Choose(costs, prompt.After(deepest));
        return costs;
    }

    private static int Choose(ReadOnlySpan<RouteCost> costs, ulong key)
    {
        var least = double.MaxValue;
        foreach (ref readonly var cost in costs) least = Math.Min(least, cost.Total);
        var chosen = 0;
        var highest = double.MinValue;
        for (var i = 0; i < costs.Length; i++)
        {
            if (costs[i].Total > least + LeastDifference) continue;
            var score = Rendezvous.ScoreOf(key, costs[i].Backend);
            if (score > highest) (chosen, highest) = (i, score);
        }

        return chosen;
    }
}
