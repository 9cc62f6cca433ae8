namespace Penstock.Routing.Prefix;

/// <summary>
/// The blocks that one server is believed to hold, the least recently used of which goes first. Memory is taken once. Not
/// safe for use by several threads.
/// </summary>
internal sealed class BlockLru
{
    private const int None = BlockRow.None;

    private readonly BlockNode[] _nodes;
    // Numbers of nodes from 1, found by hash: open addressing, linear probing.
    private readonly int[] _table;
    // Apart, so that what was never confirmed is found. Where a block is in one of them, those before it are newer there, or confirmed.
    private BlockRow _confirmed = new();
    private BlockRow _provisional = new();
    // Nodes that were used and are not any more, and how many ever were: what is never used is memory that is never touched.
    private int _unused = None;
    private int _everUsed;

    /// <param name="most">Blocks that there is room for.</param>
    public BlockLru(int most)
    {
        _nodes = new BlockNode[most];
        _table = new int[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(most + (most / 2)))];
        Limit = most;
    }

    /// <summary>Blocks that are there.</summary>
    public int Count { get; private set; }

    /// <summary>Blocks that there is room for.</summary>
    public int Most => _nodes.Length;

    /// <summary>Blocks that may be there: what the server has room for, and never more than there is room for here.</summary>
    public int Limit
    {
        get;
        set => field = Math.Clamp(value, 1, _nodes.Length);
    }

    /// <summary>Those that are not confirmed.</summary>
    public int Provisional { get; private set; }

    /// <summary>How many of those nobody waits for any more: the calls have ended without an answer.</summary>
    public int Abandoned
    {
        get;
        set => field = Math.Clamp(value, 0, Provisional);
    }

    /// <summary>When the one that goes next was last used: milliseconds of the index's clock.</summary>
    public uint OldestUse => Oldest == None ? 0 : _nodes[Oldest].UsedAt;

    public bool IsFull => Count >= Limit;

    // Where both were used at the same moment, what is not confirmed may follow on what is.
    private int Oldest => _confirmed.Oldest == None ? _provisional.Oldest
        : _provisional.Oldest == None || (int)(_nodes[_provisional.Oldest].UsedAt - _nodes[_confirmed.Oldest].UsedAt) > 0 ? _confirmed.Oldest
        : _provisional.Oldest;

    /// <summary>The number of a block's node; -1: it is not there.</summary>
    public int Find(ulong hash)
    {
        for (var i = HomeOf(hash); _table[i] != 0; i = Next(i))
        {
            if (_nodes[_table[i] - 1].Hash == hash) return _table[i] - 1;
        }

        return None;
    }

    /// <summary>How many of the blocks, from the first, are there and count: they are confirmed, or their time has not run out.</summary>
    public int CountedDepth(ReadOnlySpan<ulong> blocks, uint now)
    {
        var (least, most) = (0, blocks.Length);
        while (least < most)
        {
            var middle = (least + most + 1) / 2;
            if (Find(blocks[middle - 1]) is not None and var node && (_nodes[node].Until == 0 || (int)(_nodes[node].Until - now) > 0)) least = middle;
            else most = middle - 1;
        }

        return least;
    }

    /// <summary>When a block was last used that the server is known to hold, as far as that can be known; null: it is not.</summary>
    public uint? ConfirmedUse(ulong hash) => Find(hash) is not None and var node && _nodes[node].Until == 0 ? _nodes[node].UsedAt : null;

    /// <summary>Makes a block that is there the newest.</summary>
    /// <param name="node">Its number.</param>
    /// <param name="now">The moment.</param>
    /// <param name="until">Until when it counts if it is not confirmed; 0: it is.</param>
    /// <returns>When it was used before.</returns>
    public uint Use(int node, uint now, uint until)
    {
        ref var used = ref _nodes[node];
        var before = used.UsedAt;
        used.UsedAt = now;
        Unlink(node);
        if (used.Until != 0) used.Until = until;
        Link(node);
        return before;
    }

    /// <summary>Adds one that is not there as the newest. There must be room: <see cref="IsFull"/> is false.</summary>
    public void Add(ulong hash, uint now, uint until)
    {
        var node = _unused == None ? _everUsed++ : _unused;
        ref var added = ref _nodes[node];
        if (node == _unused) _unused = added.Older;
        added.Hash = hash;
        added.UsedAt = now;
        added.Until = until;
        var i = HomeOf(hash);
        while (_table[i] != 0) i = Next(i);
        _table[i] = node + 1;
        Link(node);
        Count++;
    }

    /// <summary>Takes the oldest out. There must be one.</summary>
    public ulong RemoveOldest() => Remove(Oldest);

    /// <summary>Whether of those that are not confirmed the oldest may go: it does not count any more, or as many were abandoned.</summary>
    public bool HasLeft(uint now) => _provisional.Oldest is not None and var node && (Abandoned > 0 || (int)(_nodes[node].Until - now) <= 0);

    /// <summary>Takes it out. There must be one.</summary>
    public ulong RemoveLeft()
    {
        Abandoned--;
        return Remove(_provisional.Oldest);
    }

    /// <summary>All that are there, with when they were used and until when they count if they are not confirmed: of each kind the oldest first.</summary>
    public IEnumerable<(ulong Hash, uint UsedAt, uint Until)> All()
    {
        foreach (var oldest in (int[])[_confirmed.Oldest, _provisional.Oldest])
        {
            for (var node = oldest; node != None; node = _nodes[node].Newer) yield return (_nodes[node].Hash, _nodes[node].UsedAt, _nodes[node].Until);
        }
    }

    private ulong Remove(int node)
    {
        var hash = _nodes[node].Hash;
        Unlink(node);
        RemoveFromTable(hash);
        _nodes[node].Older = _unused;
        _unused = node;
        Count--;
        return hash;
    }

    // The first of a chain is used last, so that it is newer than all that follow on it, and outlives them.
    private void Link(int node)
    {
        RowOf(node).Link(_nodes, node);
        if (_nodes[node].Until != 0) Provisional++;
    }

    private void Unlink(int node)
    {
        RowOf(node).Unlink(_nodes, node);
        if (_nodes[node].Until == 0) return;
        Provisional--;
        Abandoned = Math.Min(Abandoned, Provisional);
    }

    private ref BlockRow RowOf(int node)
    {
        if (_nodes[node].Until == 0) return ref _confirmed;
        return ref _provisional;
    }

    private void RemoveFromTable(ulong hash)
    {
        var gap = HomeOf(hash);
        while (_nodes[_table[gap] - 1].Hash != hash) gap = Next(gap);
        for (var i = Next(gap); _table[i] != 0; i = Next(i))
        {
            var home = HomeOf(_nodes[_table[i] - 1].Hash);
            if (TableHome.IsFoundBehind(gap, i, home)) continue;
            _table[gap] = _table[i];
            gap = i;
        }

        _table[gap] = 0;
    }

    private int HomeOf(ulong hash) => TableHome.Of(hash, _table.Length);

    private int Next(int i) => TableHome.Next(i, _table.Length);
}
