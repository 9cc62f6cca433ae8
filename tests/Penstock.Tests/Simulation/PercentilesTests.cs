using Penstock.Bench.Report;
using Xunit;

namespace Penstock.Tests.Simulation;

public class PercentilesTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.5, 5)]
    [InlineData(0.51, 6)]
    [InlineData(0.9, 9)]
    [InlineData(0.99, 10)]
    [InlineData(1, 10)]
    public void Percentile_OfTen_IsTheNearestRank(double part, double expected) =>
        Assert.Equal(expected, Percentiles.Of([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], part));

    [Fact]
    public void Percentile_OfNothing_IsZero() => Assert.Equal(0, Percentiles.Of([], 0.9));

    [Theory]
    [InlineData(new[] { 3.0, 1, 2 }, 2)]
    [InlineData(new[] { 4.0, 1, 2, 3 }, 2.5)]
    [InlineData(new double[0], 0)]
    public void Median_OfOddAndEven_IsInTheMiddle(double[] values, double expected) => Assert.Equal(expected, Percentiles.MedianOf(values));
}
