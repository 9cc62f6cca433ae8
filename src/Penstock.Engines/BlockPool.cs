namespace Penstock.Engines;

/// <summary>
/// The blocks of vLLM's cache: counted by who uses them, remembered when nobody does, and forgotten when a block is needed, the
/// one first that has been unused for the longest time. A sequence gives its blocks back from its last to its first, so
/// that of what is remembered of it the tail goes first.
/// </summary>
internal sealed class BlockPool
{
    private const int None = -1;

    private readonly ulong[] _hashes;
    private readonly int[] _users;

    // The unused blocks, a list through the arrays: those that are forgotten first are at its head.
    private readonly int[] _next;
    private readonly int[] _previous;
    private readonly Dictionary<ulong, int> _known = [];
    private int _head = None;
    private int _tail = None;

    /// <param name="count">How many there are.</param>
    public BlockPool(int count)
    {
        _hashes = new ulong[count];
        _users = new int[count];
        _next = new int[count];
        _previous = new int[count];
        for (var block = 0; block < count; block++) Append(block);
    }

    public int Count => _hashes.Length;

    /// <summary>Blocks that nobody uses, whether something is remembered in them or not.</summary>
    public int Unused { get; private set; }

    /// <summary>Blocks in which something is known that others can use.</summary>
    public int Known => _known.Count;

    /// <summary>Gets what becomes known and what is forgotten; null: nobody wants to hear of it.</summary>
    public List<CacheChange>? Changes { get; set; }

    public bool Knows(ulong hash) => _known.ContainsKey(hash);

    /// <summary>How many blocks of a chain are known, from its first on.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="unused">How many of these nobody uses at the moment.</param>
    public int Match(ReadOnlySpan<ulong> chain, out int unused)
    {
        unused = 0;
        for (var i = 0; i < chain.Length; i++)
        {
            if (!_known.TryGetValue(chain[i], out var block)) return i;
            if (_users[block] == 0) unused++;
        }

        return chain.Length;
    }

    /// <summary>Uses known blocks, together with whoever else does.</summary>
    public void Share(ReadOnlySpan<ulong> chain, List<int> into)
    {
        foreach (var hash in chain)
        {
            var block = _known[hash];
            if (_users[block]++ == 0) Remove(block);
            into.Add(block);
        }
    }

    /// <summary>Takes blocks for something new, and forgets what was in them.</summary>
    /// <param name="count">How many: <see cref="Unused"/> at most.</param>
    /// <param name="into">Gets them.</param>
    public void Take(int count, List<int> into)
    {
        for (var i = 0; i < count; i++)
        {
            var block = _head;
            Remove(block);
            Forget(block);
            _users[block] = 1;
            into.Add(block);
        }
    }

    /// <summary>A block has been computed, and others can use it; not where another block has the same content.</summary>
    public void Publish(int block, ulong hash)
    {
        if (_hashes[block] != 0 || !_known.TryAdd(hash, block)) return;
        _hashes[block] = hash;
        Changes?.Add(new CacheChange(hash, IsKnown: true));
    }

    /// <summary>Somebody uses these blocks no longer. What nobody knows in them is worth nothing, and is the first to go.</summary>
    /// <param name="chain">In the order of their sequence.</param>
    public void Release(ReadOnlySpan<int> chain)
    {
        for (var i = chain.Length - 1; i >= 0; i--)
        {
            var block = chain[i];
            if (--_users[block] > 0) continue;
            if (_hashes[block] == 0) Prepend(block);
            else Append(block);
        }
    }

    private void Forget(int block)
    {
        var hash = _hashes[block];
        if (hash == 0) return;
        _known.Remove(hash);
        _hashes[block] = 0;
        Changes?.Add(new CacheChange(hash, IsKnown: false));
    }

    private void Append(int block)
    {
        (_previous[block], _next[block]) = (_tail, None);
        if (_tail == None) _head = block;
        else _next[_tail] = block;
        _tail = block;
        Unused++;
    }

    private void Prepend(int block)
    {
        (_previous[block], _next[block]) = (None, _head);
        if (_head == None) _tail = block;
        else _previous[_head] = block;
        _head = block;
        Unused++;
    }

    private void Remove(int block)
    {
        var (previous, next) = (_previous[block], _next[block]);
        if (previous == None) _head = next;
        else _next[previous] = next;
        if (next == None) _tail = previous;
        else _previous[next] = previous;
        Unused--;
    }
}
