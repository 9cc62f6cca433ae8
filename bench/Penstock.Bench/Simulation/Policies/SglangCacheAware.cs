namespace Penstock.Bench.Simulation.Policies;

/// <summary>
/// SGLang's <c>cache_aware</c> with its defaults: a tree of what was sent to each worker; where the loads differ by more than 64
/// calls and the most is more than 1.5 times the least, the least loaded; else, where the longest match is more than 0.3 of the
/// prompt, the least loaded of those that have it; else the least loaded
/// (<see href="https://docs.sglang.io/advanced_features/router.html"/>; earlier versions took the smallest tree in the
/// last case, which does worse). The tree is kept in blocks here and not in characters, and bounded as the caches are.
/// </summary>
internal sealed class SglangCacheAware(int servers, int seed, int capacity) : PrefixPolicy(servers, seed, capacity)
{
    private const double CacheThreshold = 0.3;
    private const int BalanceAbsolute = 64;
    private const double BalanceRelative = 1.5;

    protected override int Choose(int blocks)
    {
        var (least, most) = (int.MaxValue, 0);
        foreach (var load in InFlight)
        {
            least = Math.Min(least, load);
            most = Math.Max(most, load);
        }

        if (most - least > BalanceAbsolute && most > least * BalanceRelative) return Least(server => InFlight[server]);
        var longest = 0;
        foreach (var match in Matches) longest = Math.Max(longest, match);
        var isWarm = longest > CacheThreshold * blocks;
        return Least(server => isWarm && Matches[server] < longest ? double.PositiveInfinity : InFlight[server]);
    }
}
