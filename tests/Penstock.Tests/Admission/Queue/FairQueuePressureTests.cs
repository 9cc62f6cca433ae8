using Penstock.Admission.Queue;
using Penstock.Configuration;
using Xunit;

namespace Penstock.Tests.Admission.Queue;

/// <summary>When batch work is turned away. Chance says a half: all of it is that comes above three quarters of what a line bears.</summary>
public sealed class FairQueuePressureTests : FairQueueTest
{
    [Fact]
    public void TryAdd_LineIsLongForAWhile_ShedsBatchOnly()
    {
        for (var i = 0; i < 7; i++) Add($"a{i}", "a");
        Assert.Equal(QueueVerdict.Added, TryAdd("burst", "b", out _, CallerPriority.Batch));
        Serve();
        Wait(20);

        Assert.Equal(QueueVerdict.Shed, TryAdd("sustained", "b", out _, CallerPriority.Batch));
        Assert.Equal(QueueVerdict.Added, TryAdd("normal", "b", out _));
        while (Queue.Count > 2) Serve();
        Assert.Equal(QueueVerdict.Added, TryAdd("relieved", "b", out _, CallerPriority.Batch));
    }

    [Fact]
    public void TryAdd_LineHasBecomeLongAfterAPause_IsABurst()
    {
        Add("early", "a");
        Serve();
        Wait(3600);
        for (var i = 0; i < 7; i++) Add($"a{i}", "a");

        Assert.Equal(QueueVerdict.Added, TryAdd("batch", "b", out _, CallerPriority.Batch));
    }

    // The work that waits takes longer than one may wait: 4 calls of 1,000 tokens, and of those one in 10 s.
    [Fact]
    public void TryAdd_WorkIsTooMuchForTheTimeThatOneWaits_ShedsBatch()
    {
        foreach (var caller in new[] { "a", "b", "a", "b", "a" }) Add("late", caller, tokens: 1000);
        Wait(10);
        Serve();
        Wait(10);

        Assert.Equal(QueueVerdict.Shed, TryAdd("batch", "c", out _, CallerPriority.Batch));
    }

    // What one caller has in line, or says that it has, is not others' pressure alone. Chance says a half, and that is the most.
    [Fact]
    public void TryAdd_WorkIsOneCallers_ShedsHalfAtMost()
    {
        Serve(tokens: 1000, seconds: 10);
        for (var i = 0; i < 6; i++) Add($"a{i}", "a", tokens: long.MaxValue);
        for (var i = 0; i < 200; i++)
        {
            Wait(0.1);
            Assert.Null(TryServe(_ => false));
            Queue.Ended(100, null, Now);
        }

        Assert.Equal(QueueVerdict.Added, TryAdd("lucky", "c", out _, CallerPriority.Batch));
        Chance = 0.49;
        Assert.Equal(QueueVerdict.Shed, TryAdd("unlucky", "c", out _, CallerPriority.Batch));
    }

    [Fact]
    public void TryAdd_SomebodyHasLittleTime_IsNobodyElsesPressure()
    {
        Add("hasty", "c", timeout: 20);
        for (var i = 0; i < 199; i++)
        {
            Add("quick", "a");
            Wait(0.1);
            Assert.NotNull(TryServe(item => item != "hasty"));
        }

        Assert.Equal(QueueVerdict.Added, TryAdd("batch", "b", out _, CallerPriority.Batch));
    }

    [Fact]
    public void TryAdd_BatchItselfIsLate_IsNotShedForThat()
    {
        Serve(tokens: 1000, seconds: 10);
        Add("batch0", "b", CallerPriority.Batch, tokens: 200_000, timeout: 10.5);
        for (var i = 0; i < 100; i++)
        {
            Wait(0.1);
            Assert.Null(TryServe(_ => false));
        }

        Assert.Equal(QueueVerdict.Added, TryAdd("batch1", "b", out _, CallerPriority.Batch));
    }

    private void Serve(long tokens, double seconds)
    {
        Add("before", "a", tokens: tokens);
        Wait(seconds);
        Serve();
    }
}
