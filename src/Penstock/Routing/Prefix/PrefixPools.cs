using Penstock.Backends;

namespace Penstock.Routing.Prefix;

/// <summary>
/// What pools know of their servers, by the pools' names: it outlives a reload. Pools are made for a snapshot, by one thread,
/// and follow on those of the last one that came into force.
/// </summary>
internal sealed class PrefixPools(TimeProvider time)
{
    private readonly ServerPaces _paces = new();
    private readonly SlotTables _slots = new(time);
    private Dictionary<string, PrefixPool> _kept = [];
    private Dictionary<string, PrefixPool> _made = [];

    /// <summary>Pools are made for another snapshot: those that were made for one that did not come into force are forgotten.</summary>
    public void Begin() => _made = [];

    /// <summary>What is known of a pool's servers.</summary>
    /// <param name="name">The pool's name.</param>
    /// <param name="members">The servers as they are from now on.</param>
    public PrefixPool For(string name, IReadOnlyList<Backend> members) =>
        _made[name] = new PrefixPool(members, _paces, _slots, time, _kept.GetValueOrDefault(name));

    /// <summary>The pools that were made come into force: all others are forgotten.</summary>
    public void Keep() => _kept = _made;
}
