using System.Diagnostics.CodeAnalysis;
using Penstock.Configuration;

namespace Penstock.Admission.Queue;

/// <summary>
/// A bounded line. The priorities go one before the other, but for what a lower one has earned: of everything that is served
/// before it, it earns a share, and when that is worth its next call, it is its turn. So it ages by the work that is done
/// and not by the clock, and no load above it keeps it from moving. Within a priority callers take turns by tokens. It has
/// no clock and no lock of its own: moments are times since some beginning.
/// </summary>
internal sealed class FairQueue<T>
{
    private const int Batch = 2;

    private const double LongestRetryAfter = 600;

    // Of the time to come back: all that are refused in one moment would else return in one.
    private const double Spread = 0.2;

    private readonly DeficitRoundRobin<T>[] _lanes = [new(), new(), new()];
    private readonly DeadlineHeap<T> _deadlines = new();
    private readonly DrainRate _rate = new();
    private readonly QueueRoom<T> _room;
    private readonly Backlog<T> _backlog;
    private readonly EarnedTurns<T> _earned;
    private readonly QueuePressure _pressure;
    private readonly Func<double> _random;
    private TimeSpan _now;

    /// <param name="bounds">How much it holds, and how long it may take.</param>
    /// <param name="random">Chance, from 0 to below 1, for what is shed and for when to come back.</param>
    public FairQueue(QueueConfig bounds, Func<double> random)
    {
        _room = new QueueRoom<T>(_lanes) { Bounds = bounds };
        _backlog = new Backlog<T>(_lanes, _rate);
        _earned = new EarnedTurns<T>(_lanes);
        _pressure = new QueuePressure(random);
        _random = random;
    }

    /// <summary>How much it holds, and how long it may take. What is in it stays in it.</summary>
    public QueueConfig Bounds
    {
        get => _room.Bounds;
        set => _room.Bounds = value;
    }

    public int Count => _room.Count;

    public long Bytes => _room.Bytes;

    /// <summary>The work that waits.</summary>
    public long Tokens => _backlog.Tokens;

    /// <summary>When the next one's time is over; null: nobody waits.</summary>
    public TimeSpan? NextDeadline => _deadlines.First?.Deadline;

    // How full it is; or how late, which is how much of the time that one may wait it takes to serve all that waits. Batch work may be late.
    private double Pressure
    {
        get
        {
            var late = Bounds.Timeout > TimeSpan.Zero && _backlog.TimeFor(null, 0, Batch, Bounds.Timeout) is { } time ? time / Bounds.Timeout : 0;
            return Math.Min(1, Math.Max(_room.Fullness, late));
        }
    }

    /// <summary>Puts somebody in line.</summary>
    /// <param name="entry">Its place.</param>
    /// <param name="now">The moment.</param>
    /// <param name="pushedOut">Gets those that had to leave for it: of lower priority, or of a caller who holds more than its share.</param>
    public QueueVerdict TryAdd(QueueEntry<T> entry, TimeSpan now, ICollection<QueueEntry<T>> pushedOut)
    {
        Elapse(now);
        var rank = RankOf(entry.Priority);
        if (rank == Batch && _pressure.Sheds(Pressure)) return QueueVerdict.Shed;
        if (!_room.Fits(entry) && !TryMakeRoom(entry, rank, pushedOut)) return QueueVerdict.Full;
        entry.EnteredAt = now;
        _lanes[rank].Add(entry, _now);
        _deadlines.Add(entry);
        return QueueVerdict.Added;
    }

    /// <summary>Takes somebody out who does not want to wait any more; false where it does not wait.</summary>
    public bool Remove(QueueEntry<T> entry, TimeSpan now)
    {
        if (!entry.IsWaiting) return false;
        Elapse(now);
        TakeOut(entry);
        return true;
    }

    /// <summary>Takes the next one out whose time is over.</summary>
    public bool TryExpire(TimeSpan now, [NotNullWhen(true)] out QueueEntry<T>? expired)
    {
        expired = _deadlines.First;
        return expired?.Deadline <= now && Remove(expired, now);
    }

    /// <summary>
    /// Offers a seat to those that wait, in the order in which they are to be served. Who cannot use it, and does not take it,
    /// keeps its place and what it has earned.
    /// </summary>
    /// <param name="looks">To how many of each priority it is offered at most.</param>
    /// <param name="now">The moment.</param>
    /// <param name="take">Whether it is taken.</param>
    /// <param name="served">Who took it, and is out of the line.</param>
    public bool TryServe(int looks, TimeSpan now, Func<T, bool> take, [NotNullWhen(true)] out QueueEntry<T>? served)
    {
        Elapse(now);
        served = null;
        Span<bool> wasOffered = stackalloc bool[_lanes.Length];
        for (var rank = 1; rank < _lanes.Length; rank++)
        {
            wasOffered[rank] = _earned.IsDue(rank);
            if (wasOffered[rank] && TryServe(rank, looks, take, out served)) return true;
        }

        for (var rank = 0; rank < _lanes.Length; rank++)
        {
            if (!wasOffered[rank] && TryServe(rank, looks, take, out served)) return true;
        }

        return false;
    }

    /// <summary>Somebody was served who was out of the line by then: at the last moment.</summary>
    public void ServedLate(QueueEntry<T> entry, TimeSpan now)
    {
        Elapse(now);
        _lanes[RankOf(entry.Priority)].ServedLate(entry, _now);
    }

    /// <summary>A call that was served has ended. By that is known how fast the line moves: who is sent away at once was no work.</summary>
    /// <param name="tokens">What it was expected to cost.</param>
    /// <param name="used">What it has used, where it came to nothing; null: it was answered.</param>
    /// <param name="now">The moment.</param>
    public void Ended(long tokens, long? used, TimeSpan now)
    {
        Elapse(now);
        var counted = QueueEntry<T>.Counted(tokens);
        _rate.Ended(Math.Min(used ?? counted, counted));
    }

    /// <summary>When asking again makes sense: what waits over the speed at which it is served; from 1 s to 12 min.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="tokens">What of its would be served after that.</param>
    /// <param name="now">The moment.</param>
    public TimeSpan RetryAfter(string caller, long tokens, TimeSpan now)
    {
        Elapse(now);
        var time = _backlog.TimeFor(caller, tokens, _lanes.Length, Bounds.Timeout) ?? Bounds.Timeout;
        var seconds = Math.Min(time.TotalSeconds, LongestRetryAfter);
        // A second at least: the header has whole ones.
        return TimeSpan.FromSeconds(Math.Max(1, seconds + (Math.Max(1, seconds * Spread) * _random())));
    }

    private static int RankOf(CallerPriority priority) => priority switch
    {
        CallerPriority.High => 0,
        CallerPriority.Normal => 1,
        _ => Batch,
    };

    private bool TryServe(int rank, int looks, Func<T, bool> take, [NotNullWhen(true)] out QueueEntry<T>? served)
    {
        served = _lanes[rank].Serve(looks, _now, take);
        if (served is null) return false;
        _deadlines.Remove(served);
        _earned.Served(rank, served.Tokens);
        return true;
    }

    private void TakeOut(QueueEntry<T> entry)
    {
        _lanes[RankOf(entry.Priority)].Remove(entry, _now);
        _deadlines.Remove(entry);
    }

    private bool TryMakeRoom(QueueEntry<T> entry, int rank, ICollection<QueueEntry<T>> pushedOut) => _room.TryMake(entry, rank, other =>
    {
        TakeOut(other);
        pushedOut.Add(other);
    });

    // Everything has been as it is since the last moment that was told, which may have been a later one: threads come as they can.
    private void Elapse(TimeSpan now)
    {
        if (now <= _now) return;
        _pressure.Lasted(Pressure, now - _now);
        if (Count > 0) _rate.Waited(now - _now);
        _now = now;
    }
}
