using Penstock.Backends;

namespace Penstock.Routing.Prefix;

/// <summary>What a call would cost at each server, in seconds until its answer begins, and what it would cost others.</summary>
/// <param name="pool">What is known of the servers.</param>
/// <param name="stickiness">The most that it may cost others to leave where a prefix is warm: seconds.</param>
internal sealed class CostModel(PrefixPool pool, TimeSpan stickiness)
{
    private const double LeastSeatWait = 0.25;

    // What a caller says of a conversation is worth half of what its text shows.
    private const double SessionShare = 0.5;

    // What a further call takes from others' writing is shared by all of them, and most of it comes after the first token,
    // which is what is to be early. From 0.05 to 0.2 it makes little difference in the simulations; 0.4 and more do worse (docs/scheduling.md).
    private const double DecodeShare = 0.15;

    // Of 1.5, 2, 3 and 4 this did best.
    private const double CongestionWeight = 2;

    /// <param name="free">Servers with a free seat.</param>
    /// <param name="full">Servers without.</param>
    /// <param name="prompt">The prompt.</param>
    /// <param name="costs">A place for each server, the free ones first.</param>
    /// <returns>The most blocks of the prompt that one of them has.</returns>
    public int Estimate(ReadOnlySpan<Backend> free, ReadOnlySpan<Backend> full, PromptShape prompt, Span<RouteCost> costs)
    {
        Span<int> depths = stackalloc int[PrefixIndex.MostServers];
        Span<int> sessions = stackalloc int[PrefixIndex.MostServers];
        Span<PaceReading> paces = stackalloc PaceReading[costs.Length];
        var (now, deepest) = (pool.Now, 0);
        for (var i = 0; i < costs.Length; i++) paces[i] = pool.PaceOf(At(free, full, i), now);
        var usual = PaceReading.Even(paces);
        var stamp = PrefixPool.StampOf(now);
        lock (pool.Gate)
        {
            for (var i = 0; i < costs.Length; i++) pool.Follow(At(free, full, i));
            pool.Index.Match(prompt.Blocks, stamp, depths[..pool.Capacity]);
            if (prompt.Session != 0) pool.Index.Match([prompt.Session], stamp, sessions[..pool.Capacity]);
            for (var i = 0; i < costs.Length; i++)
            {
                var place = pool.PlaceAt(At(free, full, i)).Number;
                var match = MatchOf(At(free, full, i), place, depths[place], prompt, stamp);
                deepest = Math.Max(deepest, match.Blocks);
                var cached = CachedTokens(prompt, match.Blocks);
                if (sessions[place] > 0) cached = Math.Max(cached, SessionShare * prompt.Tokens);
                var seat = i < free.Length ? 0 : SeatWait(At(free, full, i), prompt.CallsBefore(pool.Paces.Of(At(free, full, i))));
                costs[i] = CostOf(At(free, full, i), prompt, cached, match, paces[i], seat);
            }
        }

        AddStickiness(costs, paces, usual);
        return deepest;
    }

    /// <summary>How many tokens of a prompt are in so many of its blocks.</summary>
    public static double CachedTokens(PromptShape prompt, int blocks) => Math.Min(prompt.CoveredTokens, blocks * prompt.BlockTokens);

    private static Backend At(ReadOnlySpan<Backend> free, ReadOnlySpan<Backend> full, int i) => i < free.Length ? free[i] : full[i - free.Length];

    // What it has of the prompt, and what it would lose for the rest. A cache that is not full loses nothing.
    private SlotChoice MatchOf(Backend backend, int place, int depth, PromptShape prompt, uint stamp)
    {
        if (pool.Slots.Of(backend) is { IsKnown: true } slots) return slots.Choose(prompt, pool.Index.Returns, stamp);
        var lru = pool.Index[place];
        var lost = lru.IsFull ? pool.Index.Returns.ChanceAfter(stamp - lru.OldestUse) * (prompt.Tokens - CachedTokens(prompt, depth) + prompt.OutputTokens) : 0;
        return new SlotChoice(-1, depth, lost);
    }

    // To read again what is warm elsewhere keeps those waiting who come after: the more there are, the more it costs. Who is in a
    // server says how many, but no more than wait on average: where all are busy, what counts is that somebody reads it again. A
    // server that has nothing to do keeps nobody waiting, so that a prefix that everybody has gets to all of them.
    private void AddStickiness(Span<RouteCost> costs, ReadOnlySpan<PaceReading> paces, PaceReading usual)
    {
        var most = 0.0;
        foreach (ref readonly var cost in costs) most = Math.Max(most, cost.CachedTokens);
        for (var i = 0; i < costs.Length; i++)
        {
            var kept = Math.Min((double)usual.Waiting / costs.Length, paces[i].Waiting + paces[i].Running);
            var again = (most - costs[i].CachedTokens) / usual.PrefillRate;
            costs[i] = costs[i] with { Stickiness = Math.Min(stickiness.TotalSeconds, CongestionWeight * kept * again) };
        }
    }

    private static RouteCost CostOf(Backend backend, PromptShape prompt, double cached, SlotChoice match, PaceReading pace, double seat) => new(
        backend,
        cached,
        pace.WaitingTokens,
        seat,
        (prompt.Tokens - cached + pace.WaitingTokens) / pace.PrefillRate,
        DecodeShare * pace.DecodeCost * (pace.Running + pace.Waiting) * prompt.OutputTokens,
        match.LostTokens / pace.PrefillRate,
        0)
    {
        Slot = match.Slot < 0 ? null : match.Slot,
    };

    // Seats become free one after the other, each when its call has ended. Who stands in line for one goes before who comes.
    private static double SeatWait(Backend backend, int before) =>
        LeastSeatWait + ((1 + before) * (backend.State.Latency ?? TimeSpan.FromSeconds(1)).TotalSeconds / Math.Max(1, backend.State.InFlight));
}
