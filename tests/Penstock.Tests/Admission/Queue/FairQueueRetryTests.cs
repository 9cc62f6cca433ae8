using Penstock.Admission.Queue;
using Penstock.Configuration;
using Xunit;

namespace Penstock.Tests.Admission.Queue;

/// <summary>When those are to come back who got no seat.</summary>
public sealed class FairQueueRetryTests : FairQueueTest
{
    public FairQueueRetryTests() => Chance = 0;

    [Fact]
    public void RetryAfter_NobodyWaits_IsASecond() => Assert.Equal(1, RetryAfter());

    [Fact]
    public void RetryAfter_NothingWasServedYet_IsAsLongAsOneMayWait()
    {
        Add("a", "a");
        Wait(10);

        Assert.Equal(new QueueConfig().Timeout.TotalSeconds, RetryAfter());
    }

    [Fact]
    public void RetryAfter_SomeWait_IsTheirWorkOverTheSpeed()
    {
        for (var i = 0; i < 5; i++) Add($"a{i}", "a", tokens: 1000);
        Wait(10);
        Serve();

        // A thousand tokens in 10 s, of which the average has 63 %.
        Assert.Equal(4 * 10 * (1 - Math.Exp(-1)), RetryAfter(), 0.001);
    }

    [Fact]
    public void RetryAfter_AskedByChance_IsSpreadOverAFifth()
    {
        for (var i = 0; i < 5; i++) Add($"a{i}", "a", tokens: 1000);
        Wait(10);
        Serve();
        var first = RetryAfter();
        Chance = 0.5;
        var second = RetryAfter();
        Chance = 0.999999;

        Assert.Equal((1.1, 1.2), (Math.Round(second / first, 3), Math.Round(RetryAfter() / first, 3)));
    }

    // Rounded up to whole seconds, a fifth of a short time would be the same for all.
    [Fact]
    public void RetryAfter_IsShort_IsSpreadOverASecond()
    {
        Serve(tokens: 1000, seconds: 1);
        Add("next", "a", tokens: 1000);
        var least = RetryAfter();
        Chance = 0.999999;

        Assert.Equal(1, least);
        Assert.InRange(RetryAfter(), 1.9, 2);
    }

    // One after the other, each alone, and none is served: the speed of before is not the speed of now.
    [Fact]
    public void RetryAfter_LoneOnesGiveUpInFrontOfAServerThatIsStuck_Grows()
    {
        Serve(tokens: 1000, seconds: 1);
        var before = RetryAfter(1000);
        var seen = new List<double>();
        for (var i = 0; i < 3; i++)
        {
            Add($"late{i}", "a", tokens: 1000, timeout: 30);
            Wait(30);
            Assert.Equal([$"late{i}"], Expire());
            seen.Add(RetryAfter(1000));
        }

        Assert.InRange(seen[0], 10 * before, 600);
        Assert.Equal(seen.Order(), seen);
        Assert.Equal(600, seen[^1]);
    }

    [Fact]
    public void RetryAfter_LastOneLeaves_CountsTheTimeThatItHasWaited()
    {
        Serve(tokens: 1000, seconds: 1);
        var before = RetryAfter(1000);
        var entry = new QueueEntry<string>("gone", "a", CallerPriority.Normal, 1000, 1, TimeSpan.FromHours(1));
        Queue.TryAdd(entry, Now, []);
        Wait(30);
        Assert.True(Queue.Remove(entry, Now));

        Assert.True(RetryAfter(1000) > 10 * before);
    }

    [Fact]
    public void RetryAfter_LineIsEmptyForLong_RemembersTheSpeed()
    {
        Serve(tokens: 1000, seconds: 10);
        var before = RetryAfter(1000);
        Wait(3600);

        Assert.Equal(before, RetryAfter(1000), 0.001);
    }

    // Callers take turns: what another has in line keeps nobody waiting for all of it.
    [Fact]
    public void RetryAfter_WorkIsOneCallers_CountsForItWhollyAndForOthersInPart()
    {
        Serve(tokens: 1000, seconds: 10);
        for (var i = 0; i < 2; i++) Add($"a{i}", "a", tokens: 10_000);

        Assert.Equal(20 * 10 * (1 - Math.Exp(-1)), RetryAfter(caller: "a"), 0.001);
        Assert.Equal(0.75 * new QueueConfig().Timeout.TotalSeconds, RetryAfter(caller: "b"), 0.01);
    }

    // A server that refuses at once, or breaks, works nothing off: else a dear call that is sent to be refused would make the line look fast.
    [Fact]
    public void RetryAfter_SomeCameToNothing_CountsWhatTheyHaveUsed()
    {
        Serve(tokens: 1000, seconds: 10);
        Add("next", "b", tokens: 1000);
        var before = RetryAfter();
        for (var i = 0; i < 3; i++) Queue.Ended(262_144, 0, Now);

        Assert.Equal(before, RetryAfter());
        Queue.Ended(262_144, 1000, Now);
        Assert.Equal(before / 2, RetryAfter(), 0.001);
        Queue.Ended(2000, 1_000_000, Now);
        Assert.Equal(before / 4, RetryAfter(), 0.001);
    }

    private double RetryAfter(long own = 0, string caller = "a") => Queue.RetryAfter(caller, own, Now).TotalSeconds;

    private void Serve(long tokens, double seconds)
    {
        Add("before", "a", tokens: tokens);
        Wait(seconds);
        Serve();
    }
}
