namespace Penstock.Bench.Simulation.Reporting;

/// <summary>A logarithmic axis, from one of 1, 2 and 5 times a power of ten to another.</summary>
internal sealed class LogScale
{
    private readonly double _from;
    private readonly double _to;
    private readonly double _start;
    private readonly double _end;

    /// <param name="least">The least value that is to be on it; above 0.</param>
    /// <param name="most">The greatest.</param>
    /// <param name="from">Where it begins.</param>
    /// <param name="to">Where it ends.</param>
    public LogScale(double least, double most, double from, double to)
    {
        (_from, _to) = (from, to);
        double[] steps = [.. Enumerable.Range(-6, 13).SelectMany(power => new[] { 1.0, 2, 5 }.Select(times => times * Math.Pow(10, power)))];
        _start = steps.LastOrDefault(step => step <= least, steps[0]);
        _end = steps.FirstOrDefault(step => step >= most && step > _start, steps[^1]);
        Ticks = [.. steps.Where(step => step >= _start && step <= _end)];
    }

    public IReadOnlyList<double> Ticks { get; }

    public double At(double value) => _from + (Math.Log(value / _start) / Math.Log(_end / _start) * (_to - _from));
}
