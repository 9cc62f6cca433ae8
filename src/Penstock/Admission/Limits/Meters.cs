using System.Collections.Concurrent;
using Penstock.Configuration;

namespace Penstock.Admission.Limits;

/// <summary>All meters, by whose they are: what outlives the configurations that set their limits.</summary>
/// <param name="isShared">Whether several replicas share them.</param>
/// <param name="time">The clock.</param>
internal sealed class Meters(bool isShared, TimeProvider time)
{
    // Where those that are gone are looked for first.
    private const int FirstSweep = 1024;

    private readonly ConcurrentDictionary<(MeterScope Scope, string Name), Meter> _meters = new();

    // Callers of identity providers are as many as these have users: who has not called for as long as a token is remembered
    // is forgotten. Their limits are by the minute, and whole again by then.
    private readonly ConcurrentDictionary<string, WeakReference<Meter>> _visitors = new(StringComparer.Ordinal);
    private int _nextSweep = FirstSweep;

    /// <summary>Whether several replicas share them.</summary>
    public bool AreShared => isShared;

    /// <summary>All that there are, in no order.</summary>
    public IEnumerable<Meter> All
    {
        get
        {
            foreach (var (_, meter) in _meters) yield return meter;
            foreach (var (_, reference) in _visitors)
            {
                if (reference.TryGetTarget(out var meter)) yield return meter;
            }
        }
    }

    /// <summary>A meter with the limits that hold from now on; null where nothing is limited.</summary>
    public Meter? For(MeterScope scope, string name, LimitsConfig? limits, BudgetConfig? budget = null)
    {
        var isLimited = budget is not null || IsLimited(limits);
        // What is not limited any more is not forgotten: calls in flight will settle with it, and its limits may come back.
        if (!isLimited && !_meters.ContainsKey((scope, name))) return null;
        var meter = _meters.GetOrAdd((scope, name), key => new Meter(key.Scope, key.Name, isShared, time));
        meter.Configure(limits, budget);
        return isLimited ? meter : null;
    }

    /// <summary>The meter of a caller that an identity provider vouches for: it is there as long as somebody has it.</summary>
    public Meter? ForVisitor(string name, LimitsConfig? limits)
    {
        if (!IsLimited(limits)) return null;
        if (_visitors.Count >= _nextSweep) Sweep();
        var made = new Meter(MeterScope.Caller, name, isShared, time);
        while (true)
        {
            var reference = _visitors.GetOrAdd(name, new WeakReference<Meter>(made));
            if (reference.TryGetTarget(out var meter))
            {
                meter.Configure(limits, budget: null);
                return meter;
            }

            _visitors.TryRemove(new(name, reference));
        }
    }

    private static bool IsLimited(LimitsConfig? limits) =>
        limits is { RequestsPerMinute: not null } or { TokensPerMinute: not null } or { Concurrency: not null };

    private void Sweep()
    {
        foreach (var visitor in _visitors)
        {
            if (!visitor.Value.TryGetTarget(out _)) _visitors.TryRemove(visitor);
        }

        _nextSweep = Math.Max(FirstSweep, _visitors.Count * 2);
    }
}
