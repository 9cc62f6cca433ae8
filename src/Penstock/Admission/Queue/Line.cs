using System.Runtime.CompilerServices;
using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Telemetry;

namespace Penstock.Admission.Queue;

/// <summary>
/// The line in front of a pool's seats. It watches the backends while somebody waits: a seat that becomes free is offered at
/// once, on the thread that freed it, and who gets it goes on on another. The lock is held while places are given and
/// seats are offered, and never while anything is waited for.
/// </summary>
internal sealed class Line : ISeatWatcher, IDisposable
{
    // Of each priority. Nearly always the first takes it; who cannot use a seat waits for another backend.
    private const int Looks = 32;

    // What nobody announces, like a rest that is over, is seen by then at the latest.
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly FairQueue<Waiter> _queue;
    private readonly HashSet<BackendState> _watched = [];
    private readonly List<QueueEntry<Waiter>> _pushedOut = [];
    private readonly Func<CallerPriority, QueueSeries> _series;
    private readonly StrongBox<int> _allWaiting;
    private readonly TimeProvider _time;
    private readonly long _created;
    private readonly ITimer _timer;
    private TimeSpan? _timerAt;
    private int _signals;
    private int _count;

    /// <param name="series">Where it is counted, by priority.</param>
    /// <param name="allWaiting">How many wait in all lines.</param>
    /// <param name="random">Chance, from 0 to below 1.</param>
    /// <param name="time">The clock.</param>
    public Line(Func<CallerPriority, QueueSeries> series, StrongBox<int> allWaiting, Func<double> random, TimeProvider time)
    {
        _series = series;
        _allWaiting = allWaiting;
        _time = time;
        _created = time.GetTimestamp();
        _queue = new FairQueue<Waiter>(new QueueConfig(), random);
        _timer = time.CreateTimer(static line => ((Line)line!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many wait.</summary>
    public int Count => Volatile.Read(ref _count);

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
        var waiter = new Waiter(this, seeker);
        var entered = Now;
        var verdict = Enter(waiter, seeker, ticket, bounds, entered);
        if (verdict != QueueVerdict.Added)
            return new LineAnswer(verdict == QueueVerdict.Shed ? LineEnd.Shed : LineEnd.Full, TimeSpan.Zero, RetryAfter(0));

        // Watched first, then looked at: what was freed before that is seen now, and what is freed after it is told.
        if (seeker.SeesRoom) SeatFreed();
        using var onGone = callerGone.UnsafeRegister(static waiter => ((Waiter)waiter!).Leave(), waiter);
        using var onShutDown = shutDown.UnsafeRegister(static waiter => ((Waiter)waiter!).Leave(), waiter);
        var end = await waiter.End;
        // Whose time was over wants as much time again as those that still wait, and its own.
        var own = end == LineEnd.TimedOut ? waiter.Place!.Tokens : 0;
        return new LineAnswer(end, Now - entered, end is LineEnd.Served or LineEnd.Left ? TimeSpan.Zero : RetryAfter(own));
    }

    /// <summary>Offers free seats until nobody takes one. Where somebody is at it already, that one does so once more.</summary>
    public void SeatFreed()
    {
        if (Interlocked.Increment(ref _signals) != 1) return;
        var seen = 1;
        do
        {
            Offer();
            seen = Interlocked.Add(ref _signals, -seen);
        }
        while (seen != 0);
    }

    /// <summary>Takes somebody out who does not want to wait any more.</summary>
    public void Leave(Waiter waiter)
    {
        lock (_lock)
        {
            if (!_queue.Remove(waiter.Place!, Now)) return;
            End(waiter.Place!, LineEnd.Left);
            StopWatchingIfEmpty();
        }
    }

    public void Dispose() => _timer.Dispose();

    private QueueVerdict Enter(Waiter waiter, ISeatSeeker seeker, in LineTicket ticket, QueueConfig bounds, TimeSpan now)
    {
        var entry = new QueueEntry<Waiter>(waiter, ticket.Caller, ticket.Priority, ticket.Tokens, ticket.Bytes, now + ticket.Timeout);
        waiter.Place = entry;
        lock (_lock)
        {
            _queue.Bounds = bounds;
            var verdict = _queue.TryAdd(entry, now, _pushedOut);
            if (verdict != QueueVerdict.Added)
            {
                _series(ticket.Priority).CountRefused(verdict == QueueVerdict.Shed ? "shed" : "full");
                return verdict;
            }

            Volatile.Write(ref _count, _count + 1);
            Interlocked.Increment(ref _allWaiting.Value);
            _series(ticket.Priority).Entered(ticket.Bytes);
            foreach (var other in _pushedOut) End(other, LineEnd.Full);
            _pushedOut.Clear();
            foreach (var state in seeker.Backends)
            {
                if (_watched.Add(state)) state.Watchers.Add(this);
            }

            Arm(now);
            return verdict;
        }
    }

    private void Offer()
    {
        lock (_lock)
        {
            var now = Now;
            while (_queue.TryExpire(now, out var late)) End(late, LineEnd.TimedOut);
            while (_queue.TryServe(Looks, now, static waiter => waiter.TryTake(), out var served)) End(served, LineEnd.Served);

            StopWatchingIfEmpty();
            if (_queue.Count > 0) Arm(now);
        }
    }

    // In the lock: it is out of the queue already.
    private void End(QueueEntry<Waiter> entry, LineEnd end)
    {
        Volatile.Write(ref _count, _count - 1);
        Interlocked.Decrement(ref _allWaiting.Value);
        _series(entry.Priority).Ended(entry.Bytes, end == LineEnd.Served ? Now - entry.EnteredAt : null);
        if (end is LineEnd.Full or LineEnd.TimedOut) _series(entry.Priority).CountRefused(end == LineEnd.Full ? "full" : "timeout");
        entry.Item.Finish(end);
    }

    private void StopWatchingIfEmpty()
    {
        if (_queue.Count > 0) return;
        foreach (var state in _watched) state.Watchers.Remove(this);
        _watched.Clear();
    }

    private void Tick()
    {
        lock (_lock) _timerAt = null;
        SeatFreed();
    }

    // For the next one whose time is over, or the next backend whose rest is. A timer that fires too early does no harm.
    private void Arm(TimeSpan now)
    {
        var at = now + LongestSilence;
        if (_queue.NextDeadline is { } deadline && deadline < at) at = deadline;
        foreach (var state in _watched)
        {
            var wait = state.Health.AvailableIn;
            if (wait > TimeSpan.Zero && now + wait < at) at = now + wait;
        }

        if (_timerAt <= at) return;
        _timerAt = at;
        // A millisecond more than too early by a fraction of one.
        _timer.Change((at > now ? at - now : TimeSpan.Zero) + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
    }

    private TimeSpan RetryAfter(long own)
    {
        lock (_lock) return _queue.RetryAfter(own, Now);
    }
}
