namespace Penstock.Bench.Simulation.Policies;

/// <summary>
/// The blocks that were sent to one server, the least recently used forgotten first: what routers that are not told of evictions
/// take for its cache.
/// </summary>
/// <param name="capacity">In blocks.</param>
internal sealed class PrefixHistory(int capacity)
{
    private readonly Dictionary<ulong, LinkedListNode<ulong>> _nodes = [];
    private readonly LinkedList<ulong> _byUse = [];

    /// <summary>How many blocks of a prompt are in it, from the first on.</summary>
    public int Match(ReadOnlySpan<ulong> blocks)
    {
        var matched = 0;
        while (matched < blocks.Length && _nodes.ContainsKey(blocks[matched])) matched++;
        return matched;
    }

    /// <summary>From the tail to the head, so that a head is never forgotten before its tail.</summary>
    public void Add(ReadOnlySpan<ulong> blocks)
    {
        for (var i = blocks.Length - 1; i >= 0; i--)
        {
            if (_nodes.TryGetValue(blocks[i], out var node)) _byUse.Remove(node);
            else _nodes[blocks[i]] = node = new LinkedListNode<ulong>(blocks[i]);
            _byUse.AddLast(node);
        }

        while (_byUse.Count > capacity)
        {
            _nodes.Remove(_byUse.First!.Value);
            _byUse.RemoveFirst();
        }
    }
}
