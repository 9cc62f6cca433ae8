namespace Penstock.Bench.Soak;

/// <summary>Whether a figure stays where it is: the first third of the samples against the last, by their medians.</summary>
/// <param name="Before">Median of the first third.</param>
/// <param name="After">Median of the last third.</param>
/// <param name="PerHour">The slope of the line through all samples.</param>
/// <param name="Slack">What may come on top: noise that a small process has, too.</param>
internal sealed record SoakTrend(double Before, double After, double PerHour, double Slack)
{
    private const double Growth = 1.1;

    public bool IsFlat => After <= Before * Growth + Slack;

    public static SoakTrend Of(IReadOnlyList<SoakSample> samples, Func<SoakSample, double> figure, double slack)
    {
        var third = Math.Max(1, samples.Count / 3);
        return new SoakTrend(
            Median(samples.Take(third).Select(figure)), Median(samples.TakeLast(third).Select(figure)), Slope(samples, figure), slack);
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? 0 : sorted[sorted.Length / 2];
    }

    private static double Slope(IReadOnlyList<SoakSample> samples, Func<SoakSample, double> figure)
    {
        if (samples.Count < 2)
            return 0;
        var x = samples.Average(s => s.At.TotalHours);
        var y = samples.Average(figure);
        return samples.Sum(s => (s.At.TotalHours - x) * (figure(s) - y)) / samples.Sum(s => Math.Pow(s.At.TotalHours - x, 2));
    }
}
