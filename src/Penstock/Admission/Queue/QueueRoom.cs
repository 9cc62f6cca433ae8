using Penstock.Configuration;

namespace Penstock.Admission.Queue;

/// <summary>How much a line holds, and who has to leave it for whoever has more right to be there.</summary>
/// <param name="lanes">What is in it, by priority: the highest first.</param>
internal sealed class QueueRoom<T>(DeficitRoundRobin<T>[] lanes)
{
    /// <summary>How much it holds. What is in it stays in it.</summary>
    public required QueueConfig Bounds { get; set; }

    public int Count => lanes[0].Count + lanes[1].Count + lanes[2].Count;

    public long Bytes => lanes[0].Bytes + lanes[1].Bytes + lanes[2].Bytes;

    /// <summary>How full it is, by whichever measure is scarcer: 1 is full.</summary>
    public double Fullness => Math.Max(ShareOf(Count), ShareOf(Bytes));

    /// <summary>Whether there is room as it is.</summary>
    public bool Fits(QueueEntry<T> entry) => Fits(entry, 0, 0);

    /// <summary>Makes room for somebody; false where that cannot be done, and then nobody has to leave.</summary>
    /// <param name="entry">Who comes.</param>
    /// <param name="rank">In which lane.</param>
    /// <param name="pushOut">Takes somebody out.</param>
    public bool TryMake(QueueEntry<T> entry, int rank, Action<QueueEntry<T>> pushOut)
    {
        if (Bounds.MaxRequests < 1 || entry.Bytes > Bounds.MaxBytes) return false;
        var (count, bytes) = (0, 0L);
        for (var lower = rank + 1; lower < lanes.Length; lower++)
        {
            count += lanes[lower].Count;
            bytes += lanes[lower].Bytes;
        }

        // By what is short: whoever has many small calls in line is not in the way of a large one.
        var isCountShort = Count >= Bounds.MaxRequests;
        var areBytesShort = Bytes > Bounds.MaxBytes - entry.Bytes;
        double Weigh(int calls, long held) => Math.Max(isCountShort ? ShareOf(calls) : 0, areBytesShort ? ShareOf(held) : 0);
        CallerFlow<T>? LargestOf(int lane) => lanes[lane].FindLargest(flow => Weigh(flow.Count, flow.Bytes));

        CallerFlow<T>? largest = null;
        if (!Fits(entry, count, bytes))
        {
            // Who holds the most gives way to who holds less, so that no caller can fill the line for all others.
            largest = LargestOf(rank);
            if (largest is null || !Fits(entry, count + largest.Count, bytes + largest.Bytes)) return false;
            var own = lanes[rank].FlowOf(entry.Caller);
            if (Weigh((own?.Count ?? 0) + 1, (own?.Bytes ?? 0) + entry.Bytes) >= Weigh(largest.Count, largest.Bytes)) return false;
        }

        for (var lower = lanes.Length - 1; lower > rank; lower--)
        {
            while (!Fits(entry) && LargestOf(lower) is { } flow) pushOut(flow.Last!);
        }

        while (!Fits(entry) && largest?.Last is { } last) pushOut(last);
        return true;
    }

    private bool Fits(QueueEntry<T> entry, int freedCount, long freedBytes) =>
        Count - freedCount < Bounds.MaxRequests && Bytes - freedBytes <= Bounds.MaxBytes - entry.Bytes;

    private double ShareOf(int count) => (double)count / Math.Max(1, Bounds.MaxRequests);

    private double ShareOf(long bytes) => (double)bytes / Math.Max(1, Bounds.MaxBytes);
}
