using System.Diagnostics;
using Penstock.Bench.Report;

namespace Penstock.Bench.Load;

/// <summary>Every latency of the window, kept as it is: exact percentiles need no bucket's error bars.</summary>
internal sealed class Samples
{
    private long[] _ticks = new long[64 * 1024];
    private int _count;
    private bool _sorted;

    public void Add(long ticks)
    {
        if (_count == _ticks.Length)
            Array.Resize(ref _ticks, _count * 2);
        _ticks[_count++] = ticks;
        _sorted = false;
    }

    /// <param name="quantile">0 to 1.</param>
    /// <returns>Milliseconds; 0 when there are no samples.</returns>
    public double Milliseconds(double quantile)
    {
        if (_count == 0)
            return 0;
        if (!_sorted)
            Array.Sort(_ticks, 0, _count);
        _sorted = true;
        return _ticks[Percentiles.RankOf(_count, quantile)] * 1000.0 / Stopwatch.Frequency;
    }
}
