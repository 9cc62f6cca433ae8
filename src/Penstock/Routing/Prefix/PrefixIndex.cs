using System.Numerics;

namespace Penstock.Routing.Prefix;

/// <summary>
/// What each of a pool's servers is believed to hold of the prompts that were sent: one table from the hash of a block to
/// the set of servers that have it, and for each server the order in which its blocks were used. A block is never there
/// without those before it. Memory is bounded, and nothing is ever swept. Not safe for use by several threads.
/// </summary>
internal sealed class PrefixIndex
{
    /// <summary>Servers that there can be: a bit each.</summary>
    public const int MostServers = 64;

    /// <summary>Blocks a server, where nothing else is said: 7 MiB of text, some 1.8 million tokens. With eight servers that is 15.3 MiB of memory.</summary>
    public const int DefaultBlocks = 28 * 1024;

    /// <summary>How long a block counts that was sent and not yet confirmed: milliseconds.</summary>
    public const uint ProvisionalTime = 5000;

    // What has not been read yet, and may be refused, takes the place of so much of what has: an eighth.
    private const int ProvisionalPart = 8;

    private readonly Slot[] _slots;
    private readonly BlockLru[] _servers;

    /// <param name="servers">How many servers there are.</param>
    /// <param name="blocks">The most blocks of each.</param>
    public PrefixIndex(int servers, int blocks = DefaultBlocks)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(servers, MostServers);
        _servers = [.. Enumerable.Range(0, servers).Select(_ => new BlockLru(blocks))];
        // At least half of it stays empty.
        _slots = new Slot[(int)BitOperations.RoundUpToPowerOf2((uint)(2 * servers * blocks))];
    }

    /// <summary>How many prompts' blocks come back, and when.</summary>
    public ReturnTimes Returns { get; private set; } = new();

    /// <summary>Different blocks that are there.</summary>
    public int Count { get; private set; }

    /// <summary>What is known of one server.</summary>
    public BlockLru this[int server] => _servers[server];

    /// <summary>Finds how many blocks of a prompt, from its beginning, each server holds.</summary>
    /// <param name="blocks">The prompt.</param>
    /// <param name="now">The moment: milliseconds of a clock that may wrap around.</param>
    /// <param name="depths">A place for each server.</param>
    public void Match(ReadOnlySpan<ulong> blocks, uint now, Span<int> depths)
    {
        depths.Clear();
        var all = _servers.Length == MostServers ? ulong.MaxValue : (1UL << _servers.Length) - 1;
        Match(blocks, 0, blocks.Length, all, depths);
        for (var server = 0; server < _servers.Length; server++)
        {
            if (_servers[server].Provisional > 0) depths[server] = _servers[server].CountedDepth(blocks[..depths[server]], now);
        }
    }

    /// <summary>A prompt goes to a server, or was read by it: its blocks are there, or will be.</summary>
    /// <param name="server">The server.</param>
    /// <param name="blocks">The prompt.</param>
    /// <param name="now">The moment.</param>
    /// <param name="isConfirmed">
    /// Whether that is certain. Else it is on its way: it counts for <see cref="ProvisionalTime"/>, and so do its blocks that
    /// have come back.
    /// </param>
    /// <returns>By how many blocks more of the server's are not confirmed.</returns>
    public int Enter(int server, ReadOnlySpan<ulong> blocks, uint now, bool isConfirmed)
    {
        var lru = _servers[server];
        var until = isConfirmed ? 0 : Math.Max(1, now + ProvisionalTime);
        // What there is no room for is its end.
        if (blocks.Length > lru.Limit) blocks = blocks[..lru.Limit];
        if (!isConfirmed)
        {
            var counted = lru.CountedDepth(blocks, now);
            while (blocks.Length - counted > RoomForProvisional(lru) && lru.HasLeft(now)) Clear(lru.RemoveLeft(), server);
            // Some of them may have been this prompt's own.
            blocks = blocks[..Math.Min(blocks.Length, lru.CountedDepth(blocks, now) + RoomForProvisional(lru))];
        }

        var before = lru.Provisional;
        for (var i = blocks.Length - 1; i >= 0; i--)
        {
            if (lru.Find(blocks[i]) is >= 0 and var node)
            {
                var unused = now - lru.Use(node, now, until);
                if (!isConfirmed) Returns.Returned(unused);
                continue;
            }

            while (lru.IsFull) Clear(lru.RemoveOldest(), server);
            lru.Add(blocks[i], now, until);
            Set(blocks[i], server);
            Returns.Entered();
        }

        return lru.Provisional - before;
    }

    /// <summary>A call has ended without an answer: as many blocks that are not confirmed, the oldest, make room when others need it.</summary>
    /// <param name="server">The server.</param>
    /// <param name="blocks">How many came with the call.</param>
    public void Abandon(int server, int blocks) => _servers[server].Abandoned += blocks;

    /// <summary>A server holds no more than so many blocks.</summary>
    public void Limit(int server, int blocks)
    {
        var lru = _servers[server];
        lru.Limit = blocks;
        while (lru.Count > lru.Limit) Clear(lru.RemoveOldest(), server);
    }

    /// <summary>
    /// A server has turned out to have lost what was last used at some moment, and so probably all that is older. Of that
    /// a part goes: what it was may be this prompt's own affair. If its room was used up it has that much less.
    /// </summary>
    /// <param name="server">The server.</param>
    /// <param name="since">When that was.</param>
    /// <param name="lost">How many blocks of the prompt were missing.</param>
    public void ForgetUnused(int server, uint since, int lost)
    {
        var lru = _servers[server];
        var gone = 0;
        for (var most = CacheSurprise.MostLost(lru, lost); gone < most && (int)(lru.OldestUse - since) <= 0; gone++) Clear(lru.RemoveOldest(), server);
        lru.Limit = CacheSurprise.LimitWithout(lru, gone);
    }

    /// <summary>A server has turned out to hold what it was not believed to: it may have more room than was thought.</summary>
    /// <param name="server">The server.</param>
    /// <param name="found">How many blocks of the prompt it had besides.</param>
    public void Kept(int server, int found) => _servers[server].Limit = CacheSurprise.LimitWith(_servers[server], found);

    /// <summary>A server holds nothing any more.</summary>
    public void Forget(int server)
    {
        var lru = _servers[server];
        while (lru.Count > 0) Clear(lru.RemoveOldest(), server);
    }

    /// <summary>Another server has the place, or it is as if: of its room nothing is known.</summary>
    public void Reset(int server)
    {
        Forget(server);
        _servers[server].Limit = _servers[server].Most;
    }

    /// <summary>Takes over what another index knows of a server, of which nothing is known here.</summary>
    public void CopyFrom(PrefixIndex other, int from, int server)
    {
        Returns = other.Returns;
        var lru = _servers[server];
        lru.Limit = other[from].Limit;
        foreach (var (hash, usedAt, until) in other[from].All())
        {
            lru.Add(hash, usedAt, until);
            Set(hash, server);
        }
    }

    private static int RoomForProvisional(BlockLru lru) => Math.Max(lru.Limit - lru.Count, (lru.Limit / ProvisionalPart) - lru.Provisional);

    // Where a server has a block it has those before it, so that half of what is left can be dropped with each look.
    private void Match(ReadOnlySpan<ulong> blocks, int least, int most, ulong servers, Span<int> depths)
    {
        while (servers != 0)
        {
            if (least == most)
            {
                for (; servers != 0; servers &= servers - 1) depths[BitOperations.TrailingZeroCount(servers)] = least;
                return;
            }

            var middle = (least + most + 1) / 2;
            var deeper = servers & Find(blocks[middle - 1]);
            Match(blocks, least, middle - 1, servers & ~deeper, depths);
            (servers, least) = (deeper, middle);
        }
    }

    private ulong Find(ulong hash)
    {
        for (var i = HomeOf(hash); _slots[i].Servers != 0; i = Next(i))
        {
            if (_slots[i].Hash == hash) return _slots[i].Servers;
        }

        return 0;
    }

    private void Set(ulong hash, int server)
    {
        var i = HomeOf(hash);
        while (_slots[i].Servers != 0 && _slots[i].Hash != hash) i = Next(i);
        if (_slots[i].Servers == 0) Count++;
        _slots[i].Hash = hash;
        _slots[i].Servers |= 1UL << server;
    }

    private void Clear(ulong hash, int server)
    {
        var gap = HomeOf(hash);
        while (_slots[gap].Hash != hash) gap = Next(gap);
        if ((_slots[gap].Servers &= ~(1UL << server)) != 0) return;
        Count--;
        for (var i = Next(gap); _slots[i].Servers != 0; i = Next(i))
        {
            var home = HomeOf(_slots[i].Hash);
            if (TableHome.IsFoundBehind(gap, i, home)) continue;
            _slots[gap] = _slots[i];
            gap = i;
        }

        _slots[gap] = default;
    }

    private int HomeOf(ulong hash) => TableHome.Of(hash, _slots.Length);

    private int Next(int i) => TableHome.Next(i, _slots.Length);

    private struct Slot
    {
        public ulong Hash, Servers;
    }
}
