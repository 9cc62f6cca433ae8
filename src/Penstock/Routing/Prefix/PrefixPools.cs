using System.Collections.Concurrent;
using Penstock.Backends;

namespace Penstock.Routing.Prefix;

/// <summary>What pools know of their servers, by the pools' names: it outlives a reload.</summary>
internal sealed class PrefixPools(TimeProvider time)
{
    private readonly ServerPaces _paces = new();
    private readonly SlotTables _slots = new(time);
    private readonly ConcurrentDictionary<string, PrefixPool> _pools = new(StringComparer.Ordinal);

    /// <summary>What is known of a pool's servers.</summary>
    /// <param name="name">The pool's name.</param>
    /// <param name="members">The servers as they are from now on.</param>
    public PrefixPool For(string name, IReadOnlyList<Backend> members) =>
        _pools[name] = new PrefixPool(members, _paces, _slots, time, _pools.GetValueOrDefault(name));

    /// <summary>Forgets the pools that are not there any more.</summary>
    public void Keep(IReadOnlySet<string> names)
    {
        foreach (var name in _pools.Keys.Where(name => !names.Contains(name))) _pools.TryRemove(name, out _);
    }
}
