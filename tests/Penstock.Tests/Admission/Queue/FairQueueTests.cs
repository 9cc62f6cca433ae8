using Penstock.Admission.Queue;
using Penstock.Configuration;
using Xunit;

namespace Penstock.Tests.Admission.Queue;

public sealed class FairQueueTests : FairQueueTest
{
    [Fact]
    public void TryServe_OneHasACrowdInLine_ServesTheOthersFirstCallSoon()
    {
        for (var i = 0; i < 7; i++) Add($"crowd{i}", "crowd", tokens: 300);
        Add("single", "other", tokens: 300);

        Assert.Equal(["crowd0", "single", "crowd1"], ServeAll().Take(3));
    }

    [Fact]
    public void TryServe_AllPriorities_ServesTheHighestFirst()
    {
        Add("batch", "a", CallerPriority.Batch);
        Add("normal", "b");
        Add("high", "c", CallerPriority.High);

        Assert.Equal(["high", "normal", "batch"], ServeAll());
    }

    [Fact]
    public void TryServe_FirstCannotUseTheSeat_ServesTheNextAndKeepsItsPlace()
    {
        Add("first", "a");
        Add("second", "a");
        Add("third", "a");
        Add("other", "b");

        Assert.True(Queue.TryServe(32, Now, item => item == "second", out var served));
        Assert.Equal("second", served.Item);
        // Its caller has had its turn with that.
        Assert.Equal(["other", "first", "third"], ServeAll());
    }

    [Fact]
    public void TryServe_OneCannotUseTheSeat_TheOthersStillTakeTurns()
    {
        Add("stuck", "stuck", tokens: 300);
        for (var i = 0; i < 3; i++) Add($"b{i}", "b", tokens: 300);
        for (var i = 0; i < 3; i++) Add($"c{i}", "c", tokens: 300);
        var order = new List<string>();
        while (Queue.TryServe(32, Now, item => item != "stuck", out var served)) order.Add(served.Item);

        Assert.Equal(["b0", "c0", "b1", "c1", "b2", "c2"], order);
        Assert.Equal(["stuck"], ServeAll());
    }

    [Fact]
    public void TryServe_NobodyOfThoseLookedAtCanUseIt_LeavesAllInLine()
    {
        for (var i = 0; i < 5; i++) Add($"a{i}", "a");
        var offered = new List<string>();

        Assert.False(Queue.TryServe(3, Now, item => Offer(offered, item), out _));
        Assert.Equal(["a0", "a1", "a2"], offered);
        Assert.Equal(5, Queue.Count);
    }

    // What has few tokens, or none that can be counted, takes a seat like any other.
    [Fact]
    public void TryServe_CrowdOfNearlyNoTokens_ServesTheOthersFirstCallSoon()
    {
        for (var i = 0; i < 7; i++) Add($"crowd{i}", "crowd", tokens: 0);
        Add("single", "other", tokens: 0);

        Assert.Equal(["crowd0", "single", "crowd1"], ServeAll().Take(3));
    }

    [Fact]
    public void TryServe_SeveralAreDueInARound_ServesFirstWhoWasServedLongestAgo()
    {
        foreach (var caller in new[] { "a", "b" })
        {
            for (var i = 0; i < 3; i++) Add(caller + i, caller);
        }

        Assert.Equal("a0", Serve());
        Assert.Equal("b0", Serve());
        Add("new", "c");

        Assert.Equal(["new", "a1", "b1", "a2", "b2"], ServeAll());
    }

    [Fact]
    public void Tokens_OfBoundlessClaims_AreBounded()
    {
        for (var i = 0; i < 8; i++) Add($"a{i}", "a", tokens: long.MaxValue);

        Assert.InRange(Queue.Tokens, 8 * 100_000, 8 * 1_000_000);
        Assert.Equal(8, ServeAll().Count);
    }

    [Fact]
    public void TryAdd_LineIsFull_RefusesWhoHoldsMost()
    {
        for (var i = 0; i < 8; i++) Add($"a{i}", "a");

        Assert.Equal(QueueVerdict.Full, TryAdd("a8", "a", out var pushedOut));
        Assert.Empty(pushedOut);
    }

    [Fact]
    public void TryAdd_LineIsFullOfAnothers_PushesOutItsLast()
    {
        for (var i = 0; i < 8; i++) Add($"a{i}", "a");

        Assert.Equal(QueueVerdict.Added, TryAdd("b", "b", out var pushedOut));
        Assert.Equal(["a7"], pushedOut);
        Assert.Equal(8, Queue.Count);
    }

    [Fact]
    public void TryAdd_LineIsFullOfLower_PushesOutBatchFirst()
    {
        for (var i = 0; i < 7; i++) Add($"normal{i}", "a");
        Add("batch", "b", CallerPriority.Batch);

        Assert.Equal(QueueVerdict.Added, TryAdd("high0", "c", out var first, CallerPriority.High));
        Assert.Equal(QueueVerdict.Added, TryAdd("high1", "c", out var second, CallerPriority.High));
        Assert.Equal(["batch"], first);
        Assert.Equal(["normal6"], second);
    }

    [Fact]
    public void TryAdd_BytesAreMoreThanTheLineHolds_RefusesAndPushesOutNobody()
    {
        Add("batch", "a", CallerPriority.Batch, bytes: 900);

        Assert.Equal(QueueVerdict.Full, TryAdd("large", "b", out var pushedOut, CallerPriority.High, bytes: 1001));
        Assert.Empty(pushedOut);
    }

    [Fact]
    public void TryAdd_OthersBytesAreInTheWay_PushesOutAsManyAsNeeded()
    {
        for (var i = 0; i < 4; i++) Add($"a{i}", "a", bytes: 250);

        Assert.Equal(QueueVerdict.Added, TryAdd("b", "b", out var pushedOut, bytes: 400));
        Assert.Equal(["a3", "a2"], pushedOut);
        Assert.Equal(900, Queue.Bytes);
    }

    [Fact]
    public void TryAdd_LowersBytesAreInTheWay_PushesOutWhoHoldsThem()
    {
        for (var i = 0; i < 5; i++) Add($"small{i}", "many", CallerPriority.Batch, bytes: 1);
        Add("large", "one", CallerPriority.Batch, bytes: 500);

        Assert.Equal(QueueVerdict.Added, TryAdd("b", "b", out var pushedOut, bytes: 900));
        Assert.Equal(["large"], pushedOut);
    }

    [Fact]
    public void TryAdd_OthersBytesAreInTheWay_DoesNotMindThatAnotherHasMoreCalls()
    {
        for (var i = 0; i < 5; i++) Add($"small{i}", "many", bytes: 1);
        Add("large0", "few", bytes: 250);
        Add("large1", "few", bytes: 250);

        Assert.Equal(QueueVerdict.Added, TryAdd("c", "c", out var pushedOut, bytes: 499));
        Assert.Equal(["large1"], pushedOut);
    }

    [Fact]
    public void TryAdd_NoRoomAtAll_RefusesEverything()
    {
        Queue.Bounds = new QueueConfig { MaxRequests = 0 };

        Assert.Equal(QueueVerdict.Full, TryAdd("a", "a", out _, CallerPriority.High));
    }

    [Fact]
    public void TryExpire_SomeAreLate_TakesThemOutInTheOrderOfTheirDeadlines()
    {
        Add("patient", "a", timeout: 60);
        Add("second", "a", timeout: 5);
        Add("first", "b", timeout: 3);
        Wait(5);

        Assert.Equal(["first", "second"], Expire());
        Assert.Equal(["patient"], ServeAll());
    }

    private static bool Offer(List<string> offered, string item)
    {
        offered.Add(item);
        return false;
    }
}
