namespace Penstock.Health;

/// <summary>An exponentially weighted average of times: a fifth of each new one. Safe for use by many threads, without a lock.</summary>
internal sealed class MovingAverage
{
    private const double Alpha = 0.2;

    // Milliseconds; not a number while there is none.
    private double _average = double.NaN;

    /// <summary>The average; null while nothing was observed.</summary>
    public TimeSpan? Value => Volatile.Read(ref _average) is var average && double.IsNaN(average) ? null : TimeSpan.FromMilliseconds(average);

    public void Observe(TimeSpan time)
    {
        while (true)
        {
            var seen = Volatile.Read(ref _average);
            var next = double.IsNaN(seen) ? time.TotalMilliseconds : seen + Alpha * (time.TotalMilliseconds - seen);
            // Compared by their bits: not a number equals itself here.
            var found = Interlocked.CompareExchange(ref _average, next, seen);
            if (BitConverter.DoubleToInt64Bits(found) == BitConverter.DoubleToInt64Bits(seen)) return;
        }
    }
}
