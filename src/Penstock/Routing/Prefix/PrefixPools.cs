using Penstock.Backends;

namespace Penstock.Routing.Prefix;

/// <summary>
/// What pools know of their servers, by the servers: pools of the same ones have it in common, for a server has one cache whatever it
/// is asked for, and a prompt's hashes begin with the model. It outlives a reload. Pools are made for a snapshot, by one thread, and
/// follow on those of the last one that came into force.
/// </summary>
internal sealed class PrefixPools(TimeProvider time)
{
    private readonly ServerPaces _paces = new();
    private readonly SlotTables _slots = new(time);
    private Dictionary<HashSet<BackendState>, PrefixPool> _kept = New();
    private Dictionary<HashSet<BackendState>, PrefixPool> _made = New();

    /// <summary>Pools are made for another snapshot: those that were made for one that did not come into force are forgotten.</summary>
    public void Begin() => _made = New();

    /// <summary>What is known of a pool's servers.</summary>
    /// <param name="members">The servers as they are from now on.</param>
    public PrefixPool For(IEnumerable<Backend> members)
    {
        var servers = members.Select(member => member.State).ToHashSet();
        if (_made.TryGetValue(servers, out var pool)) return pool;
        return _made[servers] = _kept.GetValueOrDefault(servers) ?? new PrefixPool(servers, _paces, _slots, time);
    }

    /// <summary>The pools that were made come into force: all others are forgotten, but for what those that are new can take over.</summary>
    public void Keep()
    {
        var ended = _kept.Values.Except(_made.Values).ToHashSet();
        foreach (var (servers, pool) in _made)
        {
            if (_kept.Count == 0 || _kept.ContainsKey(servers)) continue;
            var (known, before) = _kept.MaxBy(kept => (servers.Count(kept.Key.Contains), ended.Contains(kept.Value)));
            if (known.Overlaps(servers)) pool.FollowOn(before, mayShare: ended.Remove(before));
        }

        _kept = _made;
    }

    private static Dictionary<HashSet<BackendState>, PrefixPool> New() => new(HashSet<BackendState>.CreateSetComparer());
}
