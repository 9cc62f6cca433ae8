using FsCheck.Fluent;
using Penstock.Telemetry;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Telemetry;

public sealed class HistogramTests
{
    public static TheoryData<string> Kinds { get; } = ["Seconds", "TokenSeconds", "OverheadSeconds", "Tokens"];

    // Prometheus' bounds are inclusive: a value that is the bound is not above it, whatever the arithmetic with doubles makes of it.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void IndexOf_EveryBound_IsInclusive(string kind)
    {
        var buckets = Of(kind);
        for (var i = 0; i < buckets.UpperBounds.Length; i++)
        {
            var bound = (long)Math.Round(buckets.UpperBounds[i] * buckets.Scale);

            Assert.Equal(i, buckets.IndexOf(bound));
            Assert.Equal(i + 1, buckets.IndexOf(bound + 1));
        }

        Assert.Equal(0, buckets.IndexOf(0));
        Assert.Equal(buckets.UpperBounds.Length, buckets.IndexOf(long.MaxValue));
        Assert.Equal(buckets.UpperBounds.Order(), buckets.UpperBounds);
    }

    [Fact]
    public void Record_AnyValues_AreCountedOnceAndSummed() => ForAll.Check(Gen.Choose(0, 2_000_000).ListOf(), values =>
    {
        var histogram = new Histogram(HistogramBuckets.TokenSeconds);
        foreach (var value in values) histogram.Record(value);
        var counts = new long[histogram.Buckets.UpperBounds.Length + 1];

        histogram.CopyCounts(counts);

        Assert.Equal(values.Sum(v => (long)v), histogram.Sum);
        Assert.Equal(values.Count, counts.Sum());
        var bounds = histogram.Buckets.UpperBounds;
        for (var i = 0; i < bounds.Length; i++) Assert.Equal(values.Count(v => v / 1e6 <= bounds[i]), counts[..(i + 1)].Sum());
    });

    [Fact]
    public async Task Record_ManyThreads_LosesNothing()
    {
        var histogram = new Histogram(HistogramBuckets.Tokens);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++) histogram.Record(i);
        })));

        Assert.Equal(4 * 49_995_000L, histogram.Sum);
    }

    private static HistogramBuckets Of(string kind) =>
        (HistogramBuckets)typeof(HistogramBuckets).GetProperty(kind)!.GetValue(null)!;
}
