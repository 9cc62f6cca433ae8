namespace Penstock.Telemetry;

/// <summary>
/// Counts of values by bucket, lock-free and without allocation. Values are whole numbers of a small unit
/// (microseconds, tokens), so that their sum is exact; <see cref="HistogramBuckets"/> says what they are shown in.
/// </summary>
internal sealed class Histogram(HistogramBuckets buckets)
{
    private readonly long[] _counts = new long[buckets.UpperBounds.Length + 1];
    private long _sum;

    public HistogramBuckets Buckets => buckets;

    public void Record(long value)
    {
        Interlocked.Increment(ref _counts[buckets.IndexOf(value)]);
        Interlocked.Add(ref _sum, value);
    }

    public long Sum => Interlocked.Read(ref _sum);

    /// <summary>Copies the counts, bucket by bucket, the last without upper bound. Not cumulative.</summary>
    public void CopyCounts(Span<long> counts)
    {
        for (var i = 0; i < _counts.Length; i++) counts[i] = Interlocked.Read(ref _counts[i]);
    }
}
