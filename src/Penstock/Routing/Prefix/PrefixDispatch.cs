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
    private readonly PacedCall _call;
    private readonly double _cached;
    private readonly SlotTable _slots;
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
            _slots = pool.SlotsAt(_place);
            _cached = CostModel.CachedTokens(prompt, _slots.IsKnown ? TakeSlot(stamp) : TakeBlocks(stamp));
            if (prompt.Session != 0) pool.Index.Enter(_place, [prompt.Session], stamp, isConfirmed: true);
        }

        _call = _pace.Sent((long)Math.Ceiling(prompt.Tokens - _cached), now, prompt.IsAnsweredWhole);
    }

    private enum Stage
    {
        Sent,
        Running,
        Ended,
    }

    public int? Slot { get; private set; }

    public void FirstToken(TimeSpan after)
    {
        if (_stage != Stage.Sent) return;
        _stage = Stage.Running;
        _firstToken = after;
        var now = _pool.Now;
        _runningAtFirst = _pace.Began(_call, now);
        if (!_pace.TellsCached) _pace.LearnPrefill(_call.Before + _call.Tokens, after.TotalSeconds, now);
        lock (_pool.Gate) _pool.Index.Confirm(_place, _prompt.Blocks);
    }

    public void Answered(TimeSpan after, TokenUsage? usage, AnswerTimings? timings)
    {
        // A whole answer comes at once.
        if (_stage == Stage.Sent)
        {
            _stage = Stage.Running;
            _runningAtFirst = _pace.Began(_call, _pool.Now);
        }

        if (_stage != Stage.Running) return;
        _stage = Stage.Ended;
        var now = _pool.Now;
        var running = _pace.Ended(_call);
        if (timings is { PromptTokens: > 0, PromptMilliseconds: > 0 } own) _pace.LearnPrefill(own.PromptTokens, own.PromptMilliseconds / 1000, now);
        else if (_pace.TellsCached && usage is { } said) _pace.LearnPrefill(_call.Before + said.PromptTokens - said.CachedTokens, _firstToken.TotalSeconds, now);
        if (usage is { CompletionTokens: > 8 } used && _firstToken > TimeSpan.Zero && after > _firstToken)
            _pace.LearnDecode((running + _runningAtFirst) / 2.0, (after - _firstToken).TotalSeconds / (used.CompletionTokens - 1));
        var stamp = PrefixPool.StampOf(now);
        if (usage is { CachedTokens: > 0 }) _pace.TellsCached = true;
        lock (_pool.Gate)
        {
            if (_pace.TellsCached && usage is { } told) Correct(told.CachedTokens);
            if (_slots.IsKnown) LeaveSlot(_prompt.WithAnswer.Span, stamp);
            else _pool.Index.Enter(_place, _prompt.WithAnswer.Span, stamp, isConfirmed: true);
        }
    }

    public void Dispose()
    {
        _pace.Ended(_call);
        _stage = Stage.Ended;
        if (Slot is null) return;
        // What it has read of it by then nobody knows.
        lock (_pool.Gate) LeaveSlot([], PrefixPool.StampOf(_pool.Now));
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

    private int TakeSlot(uint stamp)
    {
        var choice = _slots.Choose(_prompt, _pool.Index.Returns, stamp);
        if (choice.Slot < 0) return 0;
        Slot = choice.Slot;
        _slots.Enter(choice.Slot, _prompt.Blocks, stamp, _pool.Index.Returns);
        return choice.Blocks;
    }

    private void LeaveSlot(ReadOnlySpan<ulong> blocks, uint stamp)
    {
        if (Slot is { } slot) _slots.Leave(slot, blocks, stamp);
        Slot = null;
    }
}
