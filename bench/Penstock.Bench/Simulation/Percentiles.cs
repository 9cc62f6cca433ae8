namespace Penstock.Bench.Simulation;

internal static class Percentiles
{
    /// <summary>The nearest rank: the smallest value that is not below this part of them.</summary>
    /// <param name="sorted">In ascending order.</param>
    /// <param name="part">From 0 to 1.</param>
    /// <returns>0 where there are none.</returns>
    public static double Of(ReadOnlySpan<double> sorted, double part) =>
        sorted.IsEmpty ? 0 : sorted[Math.Clamp((int)Math.Ceiling(part * sorted.Length) - 1, 0, sorted.Length - 1)];

    public static double MedianOf(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        var middle = sorted.Length / 2;
        return sorted.Length == 0 ? 0 : sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
