using System.Collections.Concurrent;
using Penstock.Configuration;

namespace Penstock.Admission.Limits;

/// <summary>All meters, by whose they are: what outlives the configurations that set their limits.</summary>
/// <param name="isShared">Whether several replicas share them.</param>
/// <param name="time">The clock.</param>
internal sealed class Meters(bool isShared, TimeProvider time)
{
    private readonly ConcurrentDictionary<(MeterScope Scope, string Name), Meter> _meters = new();

    /// <summary>Whether several replicas share them.</summary>
    public bool AreShared => isShared;

    /// <summary>All that there are, in no order.</summary>
    public IEnumerable<Meter> All => _meters.Select(pair => pair.Value);

    /// <summary>A meter with the limits that hold from now on; null where nothing is limited.</summary>
    public Meter? For(MeterScope scope, string name, LimitsConfig? limits, BudgetConfig? budget = null)
    {
        var isLimited = budget is not null || limits is { RequestsPerMinute: not null } or { TokensPerMinute: not null } or { Concurrency: not null };
        // What is not limited any more is not forgotten: calls in flight will settle with it, and its limits may come back.
        if (!isLimited && !_meters.ContainsKey((scope, name))) return null;
        var meter = _meters.GetOrAdd((scope, name), key => new Meter(key.Scope, key.Name, isShared, time));
        meter.Configure(limits, budget);
        return isLimited ? meter : null;
    }
}
