using Penstock.Backends;
using Penstock.Protocol;

namespace Penstock.Routing.Prefix;

/// <summary>
/// A call on its way through a server: what the server will hold by it, what it still has to read for it, and what its
/// times tell of the server.
/// </summary>
internal sealed class PrefixDispatch : IDispatch
{
    // Blocks that do not count: the server's own are smaller or larger, and its template adds tokens of its own.
    private const double MostOff = 2;

    private readonly PrefixPool _pool;
    private readonly PromptShape _prompt;
    private readonly ServerPace _pace;
    private readonly int _place;
    private readonly long _missing;
    private readonly double _before;
    private readonly double _cached;
    private readonly SlotBooking? _booking;
    private uint? _lastUse;
    private TimeSpan _firstToken;
    private int _runningAtFirst;
    private Stage _stage;

    public PrefixDispatch(PrefixPool pool, Backend backend, PromptShape prompt)
    {
        (_pool, _prompt, _pace, _place) = (pool, prompt, pool.Paces.Of(backend), pool.PlaceOf(backend));
        var now = pool.Now;
        var stamp = PrefixPool.StampOf(now);
        lock (pool.Gate)
        {
            pool.Follow(backend, prompt.BlockTokens);
            _booking = pool.Slots.Of(backend).Book(prompt, pool.Index.Returns, stamp);
            _cached = CostModel.CachedTokens(prompt, _booking?.CachedBlocks ?? TakeBlocks(stamp));
            if (prompt.Session != 0) pool.Index.Enter(_place, [prompt.Session], stamp, isConfirmed: true);
        }

        _missing = (long)Math.Ceiling(prompt.Tokens - _cached);
        _before = _pace.Sent(_missing, now) - _missing;
    }

    private enum Stage
    {
        Sent,
        Running,
        Ended,
    }

    public int? Slot => _booking?.Slot;

    public void Sent() => _booking?.Sent(_prompt.Blocks);

    public void FirstToken(TimeSpan after)
    {
        if (_stage != Stage.Sent) return;
        _stage = Stage.Running;
        _firstToken = after;
        _runningAtFirst = _pace.Began(_missing, _pool.Now);
        if (!_pace.TellsCached) _pace.LearnPrefill(_before + _missing, after.TotalSeconds);
        _booking?.Holds(_prompt.Blocks);
        lock (_pool.Gate) _pool.Index.Confirm(_place, _prompt.Blocks);
    }

    public void Answered(TimeSpan after, TokenUsage? usage, AnswerTimings? timings)
    {
        // A whole answer comes at once.
        if (_stage == Stage.Sent)
        {
            _stage = Stage.Running;
            _runningAtFirst = _pace.Began(_missing, _pool.Now);
        }

        if (_stage != Stage.Running) return;
        _stage = Stage.Ended;
        var running = _pace.Ended();
        if (timings is { PromptTokens: > 0, PromptMilliseconds: > 0 } own) _pace.LearnPrefill(own.PromptTokens, own.PromptMilliseconds / 1000);
        else if (_pace.TellsCached && usage is { } said) _pace.LearnPrefill(_before + said.PromptTokens - said.CachedTokens, _firstToken.TotalSeconds);
        if (usage is { CompletionTokens: > 8 } used && _firstToken > TimeSpan.Zero && after > _firstToken)
            _pace.LearnDecode((running + _runningAtFirst) / 2.0, (after - _firstToken).TotalSeconds / (used.CompletionTokens - 1));
        var stamp = PrefixPool.StampOf(_pool.Now);
        if (usage is { CachedTokens: > 0 }) _pace.TellsCached = true;
        lock (_pool.Gate)
        {
            if (_pace.TellsCached && usage is { } told) Correct(told.CachedTokens);
            if (_booking is null) _pool.Index.Enter(_place, _prompt.WithAnswer.Span, stamp, isConfirmed: true);
        }

        _booking?.Holds(_prompt.WithAnswer.Span);
        _booking?.Leave(stamp);
    }

    public void Dispose()
    {
        if (_stage == Stage.Sent) _pace.GaveUp(_missing);
        else if (_stage == Stage.Running) _pace.Ended();
        _stage = Stage.Ended;
        _booking?.Leave(PrefixPool.StampOf(_pool.Now));
    }

    // Returns the blocks that it has.
    private int TakeBlocks(uint stamp)
    {
        var lru = _pool.Index[_place];
        var depth = lru.CountedDepth(_prompt.Blocks, stamp);
        // What is only on its way there may well be missing.
        if (depth > 0) _lastUse = lru.ConfirmedUse(_prompt.Blocks[depth - 1]);
        _pool.Index.Enter(_place, _prompt.Blocks, stamp, isConfirmed: false);
        return depth;
    }

    // What the server had of the prompt, by its own word. This prompt it has now, whatever it had before; but others' are as
    // old as what it turned out to have lost, or to have kept.
    private void Correct(long cached)
    {
        var difference = (cached - _cached) / _prompt.BlockTokens;
        if (difference > MostOff) _pool.Index.Kept(_place);
        else if (difference < -MostOff && _lastUse is { } since) _pool.Index.ForgetUnused(_place, since);
    }
}
