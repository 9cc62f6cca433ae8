using Penstock.Backends;
using Penstock.Configuration;

namespace Penstock.Admission.Queue;

/// <summary>
/// The line in front of a pool's seats. It watches the backends while somebody waits: a seat that becomes free is offered at
/// once, and who gets it goes on on another thread. The lock is held while places are given and
/// seats are offered, and never while anything is waited for.
/// </summary>
internal sealed class Line : ISeatWatcher, IDisposable
{
    // In one round, which others may wait for.
    private const int MostServed = 32;

    private readonly Lock _lock = new();
    private readonly FairQueue<Waiter> _queue;
    private readonly SeatOffer _offer;
    private readonly Rounds _rounds;
    private readonly WatchedBackends _watched;
    private readonly LineCounts _counts;
    private readonly TimeProvider _time;
    private readonly long _created;
    private readonly LineTimer _timer;
    private readonly LineExit _exit;

    /// <param name="counts">Where it is counted.</param>
    /// <param name="random">Chance, from 0 to below 1.</param>
    /// <param name="time">The clock.</param>
    /// <param name="report">Gets what a bug throws while seats are offered, or a listener to a metric.</param>
    public Line(LineCounts counts, Func<double> random, TimeProvider time, Action<Exception> report)
    {
        _counts = counts;
        _time = time;
        _created = time.GetTimestamp();
        _queue = new FairQueue<Waiter>(new QueueConfig(), random);
        _offer = new SeatOffer(_queue);
        _exit = new LineExit(_queue, _offer, counts, report);
        _rounds = new Rounds(Offer, report);
        _watched = new WatchedBackends(this);
        _timer = new LineTimer(_queue, _watched, time, Tick);
    }

    /// <summary>How many wait.</summary>
    public int Count => _counts.Waiting;

    /// <summary>Whether one of them would have a seat that is free, and comes first.</summary>
    public bool IsWaitedIn => _counts.IsWaitedIn;

    private TimeSpan Now => _time.GetElapsedTime(_created);

    /// <summary>Stands in line until there is a seat, time is over, or nobody wants it any more.</summary>
    /// <param name="seeker">Who needs a seat. Nobody else may use it meanwhile.</param>
    /// <param name="ticket">What it is.</param>
    /// <param name="bounds">How long the line may be.</param>
    /// <param name="callerGone">Fires when the caller has left.</param>
    /// <param name="shutDown">Fires when the gateway stops.</param>
    public async ValueTask<LineAnswer> WaitAsync(
        ISeatSeeker seeker, LineTicket ticket, QueueConfig bounds, CancellationToken callerGone, CancellationToken shutDown)
    {
        var entered = Now;
        var waiter = new Waiter(this, seeker) { ChoosyUntil = entered + LineTicket.ChoosyFor(ticket.Timeout) };
        var seesRoom = Enter(waiter, seeker, ticket, bounds, entered);
        // Nobody who has not waited shows a time for it.
        if (waiter.End.IsCompleted) return AnswerOf(waiter, await waiter.End, TimeSpan.Zero);
        if (seesRoom) SeatFreed(isOne: true);
        using var onGone = callerGone.UnsafeRegister(static waiter => ((Waiter)waiter!).Leave(), waiter);
        using var onShutDown = shutDown.UnsafeRegister(static waiter => ((Waiter)waiter!).Leave(), waiter);
        return AnswerOf(waiter, await waiter.End, Now - entered);
    }

    /// <summary>Offers free seats until nobody takes one.</summary>
    public void SeatFreed(bool isOne)
    {
        // What is free from now on has been left by nobody yet.
        _counts.LeavesSeats = false;
        _rounds.Ask(isMany: !isOne);
    }

    /// <summary>Takes somebody out who does not want to wait any more.</summary>
    public void Leave(Waiter waiter)
    {
        lock (_lock)
        {
            var now = Now;
            if (!_queue.Remove(waiter.Place!, now)) return;
            _exit.End(waiter.Place!, LineEnd.Left, now);
            StopWatchingIfEmpty();
        }
    }

    /// <summary>A call that got its seat here has ended.</summary>
    /// <param name="tokens">What it was expected to cost.</param>
    /// <param name="used">What it has used, where it came to nothing; null: it was answered.</param>
    public void Ended(long tokens, long? used)
    {
        lock (_lock) _queue.Ended(tokens, used, Now);
    }

    public void Dispose() => _timer.Dispose();

    // Whether there is a free seat for it to be offered. What becomes of it is in the waiter.
    private bool Enter(Waiter waiter, ISeatSeeker seeker, in LineTicket ticket, QueueConfig bounds, TimeSpan entered)
    {
        var entry = new QueueEntry<Waiter>(waiter, ticket.Caller, ticket.Priority, ticket.Tokens, ticket.Bytes, entered + ticket.Timeout);
        List<QueueEntry<Waiter>> pushedOut = [];
        waiter.Place = entry;
        lock (_lock)
        {
            // Others may have come first since.
            var now = Now;
            _queue.Bounds = bounds;
            var verdict = _queue.TryAdd(entry, now, pushedOut);
            if (verdict != QueueVerdict.Added)
            {
                Refuse(waiter, ticket.Priority, verdict == QueueVerdict.Shed ? LineEnd.Shed : LineEnd.Full, now);
                return false;
            }

            _counts.Entered(ticket, waiter.TakesAny);
            foreach (var other in pushedOut) _exit.SendAway(other, LineEnd.Full, now);
            foreach (var state in seeker.Backends) _watched.Add(state);
            _timer.Arm(now, waiter.ChoosyUntil);
            // Watched first, then looked at: what was freed before that is seen now, and what is freed after it is told.
            return waiter.SeesRoom;
        }
    }

    // Those in line may have left a free seat for a better one. They are asked once more, and then it is the newcomer's.
    private void Refuse(Waiter waiter, CallerPriority priority, LineEnd end, TimeSpan now)
    {
        if (waiter.SeesRoom)
        {
            Serve(now, isMany: true);
            StopWatchingIfEmpty();
        }

        if (waiter.TakeAnything()) end = LineEnd.Served;
        _counts.CountRefused(priority, end);
        waiter.Finish(end);
    }

    private bool Offer(bool isMany)
    {
        lock (_lock)
        {
            var now = Now;
            try
            {
                var isDone = Serve(now, isMany);
                return _exit.SendAwayWhoWaitsInVain(now) && isDone;
            }
            finally
            {
                StopWatchingIfEmpty();
                if (_queue.Count > 0) _timer.Arm(now);
            }
        }
    }

    // False: it was enough for one round, and there may be more.
    private bool Serve(TimeSpan now, bool isMany)
    {
        for (var n = 0; n < MostServed; n++)
        {
            if (!_offer.TryServe(now, out var served))
            {
                _counts.LeavesSeats = _offer.HadSeats;
                return true;
            }

            var seesMore = served.Item.SeesRoom;
            // Other lines may wait for the same backend's seats: one each, and who had one comes last.
            var others = served.Item.Taken is { } taken && _watched.TookSeat(taken) ? taken.Watchers : null;
            _exit.End(served, LineEnd.Served, now);
            // One seat was freed, and is taken: nobody need be asked in vain.
            if (!isMany && !seesMore) return true;
            if (others is null) continue;
            others.WakeElsewhere();
            return true;
        }

        return false;
    }

    private void StopWatchingIfEmpty()
    {
        if (_queue.Count == 0) _watched.Clear();
    }

    private void Tick()
    {
        lock (_lock) _timer.Fired();
        SeatFreed(isOne: false);
    }

    private LineAnswer AnswerOf(Waiter waiter, LineEnd end, TimeSpan waited)
    {
        if (end is LineEnd.Served or LineEnd.Moved or LineEnd.Left) return new LineAnswer(end, waited, TimeSpan.Zero);
        // Whose time was over wants as much time again as those that still wait, and its own.
        var own = end == LineEnd.TimedOut ? waiter.Place!.Tokens : 0;
        lock (_lock) return new LineAnswer(end, waited, _queue.RetryAfter(waiter.Place!.Caller, own, Now));
    }
}
