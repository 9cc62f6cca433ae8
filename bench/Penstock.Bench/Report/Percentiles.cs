namespace Penstock.Bench.Report;

internal static class Percentiles
{
    /// <summary>The nearest rank: the smallest value that is not below this part of them.</summary>
    /// <param name="sorted">In ascending order.</param>
    /// <param name="part">From 0 to 1.</param>
    /// <returns>0 where there are none.</returns>
    public static double Of(ReadOnlySpan<double> sorted, double part) =>
        sorted.IsEmpty ? 0 : sorted[RankOf(sorted.Length, part)];

    public static double MedianOf(IEnumerable<double> values) => Median.Of([.. values], value => (double?)value) ?? 0;

    /// <summary>The place of a part among so many values in ascending order; there must be one.</summary>
    public static int RankOf(int count, double part) => Math.Clamp((int)Math.Ceiling(part * count) - 1, 0, count - 1);
}
