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
        for (var i = 0; i < 5; i++) Add($"a{i}", "a", tokens: 1000);
        Wait(10);
        Serve();
        Wait(10);

        Assert.Equal(QueueVerdict.Shed, TryAdd("batch", "b", out _, CallerPriority.Batch));
    }

    [Fact]
    public void TryAdd_SomebodyHasLittleTime_IsNobodyElsesPressure()
    {
        Add("hasty", "c", timeout: 20);
        for (var i = 0; i < 199; i++)
        {
            Add("quick", "a");
            Wait(0.1);
            Assert.True(Queue.TryServe(32, Now, item => item != "hasty", out _));
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
            Assert.False(Queue.TryServe(32, Now, _ => false, out _));
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
