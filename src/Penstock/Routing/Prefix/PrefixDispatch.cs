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
    private readonly BackendState _server;
    private readonly ServerPace _pace;
    private readonly IndexPlace _place;
    private readonly PacedCall _call;
    private readonly int _depth;
    private readonly SlotBooking? _booking;
    private uint? _lastUse;
    private int _entered;
    private TimeSpan _firstToken;
    private int _runningAtFirst;
    private Stage _stage;

    public PrefixDispatch(PrefixPool pool, Backend backend, PromptShape prompt)
    {
        (_pool, _prompt, _server, _pace, _place) = (pool, prompt, backend.State, pool.Paces.Of(backend), pool.PlaceAt(backend));
        double now;
        lock (pool.Gate)
        {
            // The clock is read in here, so that what is used later has the later moment.
            now = pool.Now;
            var stamp = PrefixPool.StampOf(now);
            // Whose place is another's by now, in a pool of before a reload, is not followed.
            var isPresent = pool.Follow(backend);
            _booking = pool.Slots.Of(backend).Book(prompt, pool.Index.Returns, stamp);
            _depth = _booking?.CachedBlocks ?? (isPresent ? TakeBlocks(backend.State.Engine?.CacheTokens, stamp) : 0);
        }

        _call = _pace.Sent((long)Math.Ceiling(prompt.Tokens - CostModel.CachedTokens(prompt, _depth)), now, prompt.IsAnsweredWhole);
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
        var now = _pool.Now;
        _runningAtFirst = _pace.Began(_call, now);
        if (!_pace.Cached.AreTold && TellsPace) _pace.LearnPrefill(_call.Before + _call.Tokens, after.TotalSeconds, now);
        _booking?.Holds(_prompt.Blocks);
        lock (_pool.Gate) HasRead(_prompt.Blocks);
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
        var cached = usage is { } said ? _pace.Cached.Read(said, isExpected: _depth > 0, _server.Incarnation) : null;
        if (timings is { PromptTokens: > 0, PromptMilliseconds: > 0 } own) _pace.LearnPrefill(own.PromptTokens, own.PromptMilliseconds / 1000, now);
        else if (cached is not null && TellsPace) _pace.LearnPrefill(_call.Before + usage!.Value.PromptTokens - cached.Value, _firstToken.TotalSeconds, now);
        if (usage is { CompletionTokens: > 8 } used && _firstToken > TimeSpan.Zero && after > _firstToken)
            _pace.LearnDecode((running + _runningAtFirst) / 2.0, (after - _firstToken).TotalSeconds / (used.CompletionTokens - 1));
        lock (_pool.Gate)
        {
            if (cached is not null) Correct(cached.Value, usage!.Value.PromptTokens);
            HasRead(_prompt.WithAnswer.Span);
        }

        _booking?.Holds(_prompt.WithAnswer.Span);
        _booking?.Leave(PrefixPool.StampOf(_pool.Now));
    }

    public void Dispose()
    {
        _pace.Ended(_call);
        if (_stage == Stage.Sent && _entered > 0) Abandon();
        _stage = Stage.Ended;
        _booking?.Leave(PrefixPool.StampOf(_pool.Now));
    }

    // Returns the blocks that it has.
    private int TakeBlocks(long? room, uint stamp)
    {
        if (room is { } tokens) _place.Fit(_pool.Index, tokens, _prompt);
        var lru = _pool.Index[_place.Number];
        var depth = lru.CountedDepth(_prompt.Blocks, stamp);
        // What is only on its way there may well be missing.
        if (depth > 0) _lastUse = lru.ConfirmedUse(_prompt.Blocks[depth - 1]);
        _entered = _pool.Index.Enter(_place.Number, _prompt.Blocks, stamp, isConfirmed: false);
        return depth;
    }

    private void Abandon()
    {
        lock (_pool.Gate)
        {
            if (HasBlocks) _pool.Index.Abandon(_place.Number, _entered);
        }
    }

    // How much a server has read is not known of a prompt that is not laid out: of several at once it tells of the last only.
    private bool TellsPace => _prompt.Blocks.Length > 0;

    // The place may have become another server's meanwhile, which knows nothing of this call.
    private bool HasBlocks => _booking is null && _pool.IsPresent(_place);

    private void HasRead(ReadOnlySpan<ulong> blocks)
    {
        var stamp = PrefixPool.StampOf(_pool.Now);
        // A caller's word of it counts from now on as well: a call that was only sent may be refused.
        if (_prompt.Session != 0 && _pool.IsPresent(_place)) _pool.Index.Enter(_place.Number, [_prompt.Session], stamp, isConfirmed: true);
        if (HasBlocks) _pool.Index.Enter(_place.Number, blocks, stamp, isConfirmed: true);
    }

    // What the server had of the prompt, by its own word, in its own tokens: as a share of the prompt, because how many tokens
    // that has is only estimated here. This prompt it has now, whatever it had before; but others' are as old as what it
    // turned out to have lost, or to have kept.
    private void Correct(long cached, long promptTokens)
    {
        if (promptTokens <= 0 || !_prompt.IsWhole || !HasBlocks) return;
        var blocks = _prompt.Blocks.Length;
        // What fills no block is half of one.
        var difference = Math.Min(blocks, (double)cached / promptTokens * (blocks + 0.5)) - _depth;
        // One part of a text may have twice the tokens of another: nothing at either end, a sixth of all in the middle.
        var off = MostOff + (_depth * (double)(blocks - _depth) / Math.Max(1, blocks) * 2 / 3);
        if (difference > off) _pool.Index.Kept(_place.Number, (int)difference);
        else if (difference < -off && _lastUse is { } since) _pool.Index.ForgetUnused(_place.Number, since, (int)-difference);
    }
}
