using Penstock.Configuration;
using Xunit;

namespace Penstock.Tests.Admission.Queue;

/// <summary>What lower priorities earn of the work that is served before theirs, and what becomes of it.</summary>
public sealed class FairQueueAgeingTests : FairQueueTest
{
    [Fact]
    public void TryServe_LowerHasEarnedItsTurn_ServesItBeforeTheHigher()
    {
        Add("normal", "a");
        for (var i = 0; i < 6; i++) Add($"high{i}", "b", CallerPriority.High);

        // Four times as much as it costs.
        Assert.Equal(["high0", "high1", "high2", "high3", "normal", "high4", "high5"], ServeAll());
    }

    [Fact]
    public void TryServe_OneLargeCallWasServed_LowerComesTwiceAndNotWithEverythingItHas()
    {
        Add("huge", "a", tokens: 1_000_000_000);
        for (var i = 0; i < 6; i++) Add($"batch{i}", "b", CallerPriority.Batch);
        Assert.Equal("huge", Serve());
        Add("normal", "a");

        Assert.Equal(["batch0", "batch1", "normal", "batch2"], ServeAll().Take(4));
    }

    [Fact]
    public void TryServe_LargeCallThatWaitedHasLeft_SmallOnesDoNotSpendWhatItHasSaved()
    {
        Add("large", "b", CallerPriority.Batch, tokens: 100_000, timeout: 1);
        for (var i = 0; i < 150; i++)
        {
            Add($"normal{i}", "a", tokens: 10_000);
            Serve();
        }

        Wait(1);
        Assert.Equal(["large"], Expire());
        for (var i = 0; i < 6; i++) Add($"batch{i}", "b", CallerPriority.Batch);
        Add("normal", "a");

        Assert.Equal(["batch0", "batch1", "normal"], ServeAll().Take(3));
    }

    // Each call of it gives up before the work that passes is worth it. All together they have waited for long enough.
    [Fact]
    public void TryServe_LowerTimesOutBeforeItHasEarnedItsTurn_TheNextOneGoesOnEarning()
    {
        for (var i = 0; i < 8; i++)
        {
            Add("batch", "b", CallerPriority.Batch, tokens: 1000, timeout: 1);
            Add("normal", "a", tokens: 1000);
            Add("normal", "a", tokens: 1000);
            Assert.Equal(("normal", "normal"), (Serve(), Serve()));
            Wait(1);
            Assert.Equal(["batch"], Expire());
        }

        Add("batch", "b", CallerPriority.Batch, tokens: 1000);
        Add("normal", "a", tokens: 1000);
        Assert.Equal(["batch", "normal"], ServeAll());
    }
}
