using FsCheck;
using FsCheck.Fluent;
using Penstock.Admission.Limits;
using Penstock.Configuration;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Admission.Limits;

public sealed class RateBucketTests
{
    private const long Minute = 60_000_000;

    [Fact]
    public void Configure_New_IsFull()
    {
        var bucket = Full(100);

        Assert.Equal((100, 0), (bucket.Remaining, bucket.FullIn));
        Assert.Equal(0, bucket.WaitFor(100, now: 0, out _));
        Assert.Null(bucket.WaitFor(101, now: 0, out _));
    }

    [Fact]
    public void WaitFor_EmptyBucket_FillsAllTheTime()
    {
        var bucket = Full(60);
        bucket.Take(60);

        Assert.Equal(1_000_000, bucket.WaitFor(1, now: 0, out _));
        Assert.Equal(999_999, bucket.WaitFor(1, now: 1, out _));
        Assert.Equal(1, bucket.WaitFor(1, now: 999_999, out _));
        Assert.Equal(0, bucket.WaitFor(1, now: 1_000_000, out _));
        Assert.Equal(Minute - 1_000_000, bucket.WaitFor(60, now: 1_000_000, out _));
    }

    [Fact]
    public void Return_MoreUsedThanTaken_IsOwed()
    {
        var bucket = Full(60);
        bucket.Take(10);
        bucket.Return(-110, now: 0);

        Assert.Equal(0, bucket.Remaining);
        Assert.Equal(61_000_000, bucket.WaitFor(1, now: 0, out _));
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    [InlineData(-100_000_001)]
    public void Return_Nonsense_OverflowsNothing(long items)
    {
        var bucket = Full(LimitsConfig.MostPerMinute);
        bucket.Take(LimitsConfig.MostPerMinute);
        for (var i = 0; i < 1000; i++) bucket.Return(items, now: i);

        Assert.InRange(bucket.Remaining, 0, LimitsConfig.MostPerMinute);
        Assert.True(bucket.FullIn >= 0);
        bucket.Fill(long.MaxValue / 2);
        Assert.Equal(LimitsConfig.MostPerMinute, bucket.Remaining);
    }

    [Fact]
    public void Configure_Again_KeepsWhatWasUsed()
    {
        var bucket = Full(100);
        bucket.Take(60);

        bucket.Configure(200, isShared: false, now: 0);
        Assert.Equal(140, bucket.Remaining);
        bucket.Configure(50, isShared: false, now: 0);
        Assert.Equal((0, 0L), (bucket.Remaining, bucket.FullIn - Minute));
        bucket.Configure(null, isShared: false, now: 0);
        Assert.Equal(0, bucket.WaitFor(long.MaxValue, now: 0, out _));
    }

    // However it is asked: never more than a bucketful and what has come in since, and never a wait that is too short or too long.
    [Fact]
    public void Take_AnyCalls_PassExactlyWhatMay() => ForAll.Check(Plans, plan =>
    {
        var bucket = Full(plan.PerMinute);
        long now = 0;
        Int128 taken = 0;
        foreach (var (items, pause) in plan.Steps)
        {
            now += pause;
            if (bucket.WaitFor(items, now, out _) is not { } wait)
            {
                Assert.True(items > plan.PerMinute);
                continue;
            }

            if (wait > 0)
            {
                Assert.NotEqual(0, bucket.WaitFor(items, now + wait - 1, out _));
                now += wait;
                Assert.Equal(0, bucket.WaitFor(items, now, out _));
            }

            bucket.Take(items);
            taken += items;
            // In units of a 60-millionth: a bucketful, and what a microsecond brings times the microseconds.
            Assert.True(taken * Minute <= ((Int128)plan.PerMinute * Minute) + ((Int128)plan.PerMinute * now), $"{taken} by {now}");
        }
    });

    private static readonly Gen<(long Items, long Pause)> Step =
        from items in Gen.Choose(1, 500)
        from pause in Gen.Elements(0L, 1, 7, 999, 10_000, 1_000_003, 59_999_999, 600_000_000)
        select ((long)items, pause);

    private static readonly Gen<Plan> Plans =
        from perMinute in Gen.Elements(1L, 7, 60, 100, 333, 1000, 200_000)
        from steps in Step.ListOf()
        select new Plan(perMinute, [.. steps]);

    private static RateBucket Full(long perMinute)
    {
        var bucket = default(RateBucket);
        bucket.Configure(perMinute, isShared: false, now: 0);
        return bucket;
    }

    private sealed record Plan(long PerMinute, (long Items, long Pause)[] Steps);
}
