using Penstock.Admission.Queue;
using Penstock.Configuration;
using Xunit;

namespace Penstock.Tests.Admission.Queue;

/// <summary>What becomes of the rounds that a call has waited when it has to go without a seat.</summary>
public sealed class FairQueueSavingsTests : FairQueueTest
{
    private const long Dear = 20 * CallerFlow<string>.Quantum;

    // It needs 20 rounds, and each time has 8: in the third it is due.
    [Fact]
    public void TryServe_DearCallTimesOutAndIsTriedAgain_IsServedInTheEnd()
    {
        Assert.Equal(("expired", "expired"), (TryDear(), TryDear()));
        Assert.Equal("served", TryDear());
        // What it had was used.
        Assert.Equal(("expired", "expired"), (TryDear(), TryDear()));
        Assert.Equal("served", TryDear());
    }

    [Fact]
    public void TryServe_DearCallIsTriedAgainAfterLong_BeginsAnew()
    {
        TryDear();
        TryDear();
        Wait(KeptFlows<string>.Longest.TotalSeconds);

        Assert.Equal("expired", TryDear());
    }

    [Fact]
    public void TryServe_DearCallIsPushedOutOrLeaves_KeepsWhatItHas()
    {
        Add("small", "s", tokens: 256);
        var dear = new QueueEntry<string>("dear", "d", CallerPriority.Normal, Dear, 1, TimeSpan.FromHours(1));
        Assert.Equal(QueueVerdict.Added, Queue.TryAdd(dear, Now, []));
        ServeSmall(18);
        Assert.True(Queue.Remove(dear, Now));
        Add("dear", "d", tokens: Dear);

        // It was there for 18 of its 20 rounds.
        Assert.Equal(["small", "dear"], Enumerable.Range(0, 2).Select(_ => Next()));
    }

    // What was saved for a dear call is no claim to many small ones in a row.
    [Fact]
    public void TryServe_DearCallHasLeft_SmallOnesDoNotSpendWhatItHasSaved()
    {
        TryDear();
        TryDear();
        for (var i = 0; i < 3; i++) Add($"d{i}", "d", tokens: 256);
        for (var i = 0; i < 3; i++) Add($"e{i}", "e", tokens: 256);

        Assert.All(ServeAll().Where(item => item != "small").Chunk(2), pair => Assert.NotEqual(pair[0][0], pair[1][0]));
        Assert.Equal("served", TryDear());
    }

    // Rounds in which it was not there are not its own.
    [Fact]
    public void TryServe_CallerWasAwayMeanwhile_HasEarnedNothingByThat()
    {
        TryDear();
        Add("small", "s", tokens: 256);
        ServeSmall(100);
        Assert.Equal("small", Serve());

        Assert.Equal(("expired", "served"), (TryDear(), TryDear()));
    }

    // A seat that it got when it had been sent away already is what it was saved for.
    [Fact]
    public void ServedLate_DearCall_HasNothingSavedAnyMore()
    {
        TryDear();
        TryDear();
        Queue.ServedLate(new QueueEntry<string>("dear", "d", CallerPriority.Normal, Dear, 1, TimeSpan.Zero), Now);

        Assert.Equal(("expired", "expired"), (TryDear(), TryDear()));
    }

    // A batch lane of small calls and a dear one, under normal ones that never end: 2,048 tokens of those bring it half of a small call.
    [Fact]
    public void TryServe_DearOneOfALowerLaneTimesOutAmongSmallOnes_IsServedInTheEnd()
    {
        Add("small", "s", CallerPriority.Batch, tokens: 256);
        Add("normal", "n", tokens: 2048);
        for (var attempt = 0; attempt < 40; attempt++)
        {
            Add("dear", "d", CallerPriority.Batch, tokens: Dear, timeout: 1);
            for (var i = 0; i < 8; i++)
            {
                var item = Serve();
                if (item == "dear") return;
                if (item == "small") Add("small", "s", CallerPriority.Batch, tokens: 256);
                else Add("normal", "n", tokens: 2048);
            }

            Wait(1);
            Assert.Equal(["dear"], Expire());
            // Now the small one is next of its lane, and what was earned for the dear one is more than it is worth.
            Assert.NotNull(TryServe(item => item == "normal"));
            Add("normal", "n", tokens: 2048);
        }

        Assert.Fail("it was never served");
    }

    // A call that has the time of eight rounds, beside a caller that always has small ones in line.
    private string TryDear()
    {
        if (Queue.Count == 0) Add("small", "s", tokens: 256);
        Add("dear", "d", tokens: Dear, timeout: 1);
        for (var i = 0; i < 8; i++)
        {
            if (Next() == "dear") return "served";
        }

        Wait(1);
        Assert.Equal(["dear"], Expire());
        return "expired";
    }

    private void ServeSmall(int times)
    {
        for (var i = 0; i < times; i++) Assert.Equal("small", Next());
    }

    private string Next()
    {
        var item = Serve();
        if (item == "small") Add("small", "s", tokens: 256);
        return item;
    }
}
