using Penstock.Configuration;

namespace Penstock.Bench.Simulation.Policies;

/// <summary>All policies that can be simulated: those of others as they published them, and Penstock's own.</summary>
internal static class PolicyKinds
{
    public static IReadOnlyList<PolicyKind> All { get; } =
    [
        new("round_robin", true, s => new RoundRobin(s.Servers, s.Seed)),
        new("least_requests", true, s => new LeastRequests(s.Servers, s.Seed)),
        new("power_of_two", true, s => new PowerOfTwo(s.Servers, s.Seed)),
        new("session_affinity", true, s => new SessionAffinity(s.Servers, s.Seed)),
        new("sglang", true, s => new SglangCacheAware(s.Servers, s.Seed, s.CacheBlocks)),
        new("llm_d", true, s => new LlmdScorers(s.Servers, s.Seed, s.CacheBlocks)),
        new("sticky", true, s => new StickyUntilSaturated(s.Servers, s.Seed)),
        new("dynamo", true, s => new DynamoCost(s)),
        new("penstock_least_loaded", false, s => new PenstockPolicy(s, PickerPolicy.LeastLoaded)),
        new("prefix_aware_hinted", false, s => new PenstockPolicy(s, PickerPolicy.PrefixAware, areHinted: true)),
        new("prefix_aware", false, s => new PenstockPolicy(s, PickerPolicy.PrefixAware)),
    ];

    /// <summary>The one that is measured.</summary>
    public static PolicyKind Own => All[^1];

    /// <exception cref="UsageException">There is none of that name.</exception>
    public static PolicyKind Find(string name) =>
        All.FirstOrDefault(kind => kind.Name == name)
        ?? throw new UsageException($"--policy needs one of {string.Join(", ", All.Select(kind => kind.Name))}, not '{name}'");
}
