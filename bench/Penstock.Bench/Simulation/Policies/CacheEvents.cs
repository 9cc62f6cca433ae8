using Penstock.Engines;

namespace Penstock.Bench.Simulation.Policies;

/// <summary>A server's cache as a router sees it that reads what the server publishes: as it was a moment ago.</summary>
internal sealed class CacheEvents
{
    // Over a message bus and into an index.
    private const long UnderWayMicroseconds = 10_000;

    private readonly HashSet<ulong> _known = [];
    private readonly Queue<(long At, CacheChange Change)> _underWay = [];

    public void Published(IReadOnlyList<CacheChange> changes, long now)
    {
        foreach (var change in changes) _underWay.Enqueue((now + UnderWayMicroseconds, change));
    }

    /// <summary>How many blocks of a prompt are in it, from the first on.</summary>
    public int Match(ReadOnlySpan<ulong> blocks, long now)
    {
        while (_underWay.TryPeek(out var next) && next.At <= now) Hear(_underWay.Dequeue().Change);
        var matched = 0;
        while (matched < blocks.Length && _known.Contains(blocks[matched])) matched++;
        return matched;
    }

    private void Hear(CacheChange change)
    {
        if (change.IsKnown) _known.Add(change.Block);
        else _known.Remove(change.Block);
    }
}
