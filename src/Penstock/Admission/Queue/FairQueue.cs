using System.Diagnostics.CodeAnalysis;
using Penstock.Configuration;

namespace Penstock.Admission.Queue;

/// <summary>
/// A bounded line. The priorities go one before the other, but for what a lower one has earned: of everything that is served
/// before it, it earns a share, and when that is worth its next call, it is its turn. So it ages by the work that is done
/// and not by the clock, and no load above it keeps it from moving. Within a priority callers take turns by tokens. It has
/// no clock and no lock of its own: moments are times since some beginning.
/// </summary>
/// <param name="bounds">How much it holds.</param>
/// <param name="random">Chance, from 0 to below 1, for what is shed.</param>
internal sealed class FairQueue<T>(QueueConfig bounds, Func<double> random)
{
    private const int Batch = 2;

    // What a lower priority earns of the tokens that are served before it: a quarter, and a sixteenth.
    private static readonly double[] Shares = [0, 0.25, 0.0625];

    private readonly DeficitRoundRobin<T>[] _lanes = [new(), new(), new()];
    private readonly double[] _earned = new double[3];
    private readonly DeadlineHeap<T> _deadlines = new();
    private readonly QueuePressure _pressure = new(random);

    /// <summary>How much it holds. What is in it stays in it.</summary>
    public QueueConfig Bounds { get; set; } = bounds;

    public int Count => _lanes[0].Count + _lanes[1].Count + _lanes[2].Count;

    public long Bytes => _lanes[0].Bytes + _lanes[1].Bytes + _lanes[2].Bytes;

    /// <summary>The work that waits.</summary>
    public long Tokens => _lanes[0].Tokens + _lanes[1].Tokens + _lanes[2].Tokens;

    /// <summary>When the next one's time is over; null: nobody waits.</summary>
    public TimeSpan? NextDeadline => _deadlines.First?.Deadline;

    /// <summary>Puts somebody in line.</summary>
    /// <param name="entry">Its place.</param>
    /// <param name="now">The moment.</param>
    /// <param name="pushedOut">Gets those that had to leave for it: of lower priority, or of a caller who holds more than its share.</param>
    public QueueVerdict TryAdd(QueueEntry<T> entry, TimeSpan now, ICollection<QueueEntry<T>> pushedOut)
    {
        var rank = RankOf(entry.Priority);
        var pressure = PressureAt(now);
        _pressure.Note(pressure, now);
        if (rank == Batch && _pressure.Sheds(pressure)) return QueueVerdict.Shed;
        if (!Fits(entry, 0, 0) && !TryMakeRoom(entry, rank, pushedOut)) return QueueVerdict.Full;
        entry.EnteredAt = now;
        _lanes[rank].Add(entry);
        _deadlines.Add(entry);
        return QueueVerdict.Added;
    }

    /// <summary>Takes somebody out who does not want to wait any more; false where it does not wait.</summary>
    public bool Remove(QueueEntry<T> entry)
    {
        if (!entry.IsWaiting) return false;
        var rank = RankOf(entry.Priority);
        _lanes[rank].Remove(entry);
        Leave(entry, rank);
        return true;
    }

    /// <summary>Takes the next one out whose time is over.</summary>
    public bool TryExpire(TimeSpan now, [NotNullWhen(true)] out QueueEntry<T>? expired)
    {
        expired = _deadlines.First;
        if (expired is null || expired.Deadline > now) return false;
        return Remove(expired);
    }

    /// <summary>
    /// Offers a seat to those that wait, in the order in which they are to be served. Who cannot use it, and does not take it,
    /// keeps its place and what it has earned.
    /// </summary>
    /// <param name="looks">To how many of each priority it is offered at most.</param>
    /// <param name="take">Whether it is taken.</param>
    /// <param name="served">Who took it, and is out of the line.</param>
    public bool TryServe(int looks, Func<T, bool> take, [NotNullWhen(true)] out QueueEntry<T>? served)
    {
        served = null;
        Span<bool> wasOffered = stackalloc bool[_lanes.Length];
        for (var rank = 1; rank < _lanes.Length; rank++)
        {
            if (_lanes[rank].Turn is not { } turn || _earned[rank] < turn.Tokens) continue;
            wasOffered[rank] = true;
            if (TryServe(rank, looks, take, out served)) return true;
        }

        for (var rank = 0; rank < _lanes.Length; rank++)
        {
            if (!wasOffered[rank] && TryServe(rank, looks, take, out served)) return true;
        }

        return false;
    }

    private bool TryServe(int rank, int looks, Func<T, bool> take, [NotNullWhen(true)] out QueueEntry<T>? served)
    {
        served = _lanes[rank].Serve(looks, take);
        if (served is null) return false;
        _earned[rank] = Math.Max(0, _earned[rank] - served.Tokens);
        Leave(served, rank);
        for (var lower = rank + 1; lower < _lanes.Length; lower++)
        {
            // Whose turn it is already waits for a seat that it can use: for that it earns nothing.
            if (_lanes[lower].Turn is { } turn && _earned[lower] < turn.Tokens) _earned[lower] += served.Tokens * Shares[lower];
        }

        return true;
    }

    private static int RankOf(CallerPriority priority) => priority switch
    {
        CallerPriority.High => 0,
        CallerPriority.Normal => 1,
        _ => Batch,
    };

    private void Leave(QueueEntry<T> entry, int rank)
    {
        _deadlines.Remove(entry);
        if (_lanes[rank].Count == 0) _earned[rank] = 0;
    }

    private bool Fits(QueueEntry<T> entry, int freedCount, long freedBytes) =>
        Count - freedCount + 1 <= Bounds.MaxRequests && Bytes - freedBytes + entry.Bytes <= Bounds.MaxBytes;

    // How full it is; or how late, which is how much of the time of who has the least has gone by.
    private double PressureAt(TimeSpan now)
    {
        if (_deadlines.First is not { } first) return 0;
        var late = first.Deadline > first.EnteredAt ? (now - first.EnteredAt) / (first.Deadline - first.EnteredAt) : 0;
        return Math.Clamp(Math.Max(WeightOf(Count, Bytes), late), 0, 1);
    }

    private double WeightOf(int count, long bytes) =>
        Math.Max((double)count / Math.Max(1, Bounds.MaxRequests), (double)bytes / Math.Max(1, Bounds.MaxBytes));

    private bool TryMakeRoom(QueueEntry<T> entry, int rank, ICollection<QueueEntry<T>> pushedOut)
    {
        if (Bounds.MaxRequests < 1 || entry.Bytes > Bounds.MaxBytes) return false;
        var (count, bytes) = (0, 0L);
        for (var lower = rank + 1; lower < _lanes.Length; lower++)
        {
            count += _lanes[lower].Count;
            bytes += _lanes[lower].Bytes;
        }

        // Who holds the most gives way to who holds less, so that no caller can fill the line for all others.
        var largest = Fits(entry, count, bytes) ? null : _lanes[rank].FindLargest(flow => WeightOf(flow.Count, flow.Bytes));
        if (largest is not null)
        {
            var own = _lanes[rank].FlowOf(entry.Caller);
            if (WeightOf((own?.Count ?? 0) + 1, (own?.Bytes ?? 0) + entry.Bytes) >= WeightOf(largest.Count, largest.Bytes)) return false;
            if (!Fits(entry, count + largest.Count, bytes + largest.Bytes)) return false;
        }
        else if (!Fits(entry, count, bytes))
        {
            return false;
        }

        for (var lower = Batch; lower > rank; lower--)
        {
            while (!Fits(entry, 0, 0) && _lanes[lower].FindLargest(flow => flow.Count) is { } flow) PushOut(flow.Last!, pushedOut);
        }

        while (!Fits(entry, 0, 0) && largest?.Last is { } last) PushOut(last, pushedOut);
        return true;
    }

    private void PushOut(QueueEntry<T> entry, ICollection<QueueEntry<T>> pushedOut)
    {
        Remove(entry);
        pushedOut.Add(entry);
    }
}
