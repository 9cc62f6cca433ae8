using System.Net;
using Xunit;

namespace Penstock.Tests.Functional.Queue;

/// <summary>Who waits is served, and in which order.</summary>
public sealed class QueueOrderTests : QueueTest
{
    private const string Keys = """
        auth:
          keys:
            - { name: a, key: key-a }
            - { name: b, key: key-b }
            - { name: low, key: key-low, priority: batch }
            - { name: top, key: key-top, priority: high }
        """;

    [Fact]
    public async Task Full_ASeatIsFreed_IsServed()
    {
        await using var gateway = await StartAsync();
        var first = await OccupyAsync(gateway);
        var second = await StandInLineAsync(gateway, 1, "second");
        Assert.Single(Server.Requests);
        Server.Release();

        using var served = await first;
        using var waited = await second;
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (served.StatusCode, waited.StatusCode));
        Assert.Equal("0", Answers.HeaderOf(served, "X-Queue-Ms"));
        Assert.NotEqual("0", Answers.HeaderOf(waited, "X-Queue-Ms"));
        Assert.Contains(" queue_ms=", await gateway.WaitForLogAsync("queue_ms="), StringComparison.Ordinal);
        await AssertIdleAsync(gateway);
    }

    [Fact]
    public async Task OneHasACrowdInLine_AnothersFirstCallComesSoon()
    {
        await using var gateway = await StartAsync(root: Keys);
        var calls = new List<Task<HttpResponseMessage>> { await OccupyAsync(gateway, As("a")) };
        for (var i = 1; i <= 20; i++) calls.Add(await StandInLineAsync(gateway, i, $"a{i}", As("a")));
        calls.Add(await StandInLineAsync(gateway, 21, "b", As("b")));
        Server.Release();
        foreach (var call in calls) Assert.Equal(HttpStatusCode.OK, (await call).StatusCode);

        Assert.InRange(Array.IndexOf(Seen, "b"), 1, 3);
        Assert.Equal(Enumerable.Range(1, 20).Select(i => $"a{i}"), Seen.Where(content => content[0] == 'a'));
        await AssertIdleAsync(gateway);
    }

    // What a call says that it may need is not what it is likely to need.
    [Fact]
    public async Task OneClaimsToNeedABillionTokens_WaitsForAFewOfOthersOnly()
    {
        await using var gateway = await StartAsync(root: Keys);
        var calls = new List<Task<HttpResponseMessage>> { await OccupyAsync(gateway, As("b")) };
        calls.Add(gateway.PostAsync("/v1/chat/completions", TestGateway.Chat("claim", ",\"max_tokens\":1000000000"), As("a")));
        await WaitForLineAsync(gateway, 1);
        for (var i = 1; i <= 20; i++) calls.Add(await StandInLineAsync(gateway, i + 1, $"b{i}", As("b")));
        Server.Release();
        foreach (var call in calls) Assert.Equal(HttpStatusCode.OK, (await call).StatusCode);

        Assert.InRange(Array.IndexOf(Seen, "claim"), 1, 8);
        await AssertIdleAsync(gateway);
    }

    [Theory]
    [InlineData("a", "batch", "b", null)]
    [InlineData("low", null, "b", null)]
    [InlineData("low", "high", "b", null)]
    [InlineData("a", null, "top", null)]
    [InlineData("top", "normal", "top", null)]
    [InlineData("a", "high", "top", "high")]
    public async Task Priority_LowerCameFirst_IsServedLast(string lower, string? lowerSays, string higher, string? higherSays)
    {
        await using var gateway = await StartAsync(root: Keys);
        var first = await OccupyAsync(gateway, As("a"));
        var low = await StandInLineAsync(gateway, 1, "low", As(lower, lowerSays));
        var high = await StandInLineAsync(gateway, 2, "high", As(higher, higherSays));
        Server.Release();
        foreach (var call in new[] { first, low, high }) Assert.Equal(HttpStatusCode.OK, (await call).StatusCode);

        Assert.Equal(["first", "high", "low"], Seen);
        Assert.All(Server.Requests, request => Assert.Null(request.Header("X-Priority")));
    }

    // Nobody may overtake those that wait, not even who comes in the moment in which a seat is free.
    [Fact]
    public async Task ManyComeAndGo_AllAreServedInTheirOrder()
    {
        await using var gateway = await StartAsync();
        var calls = new List<Task<HttpResponseMessage>> { await OccupyAsync(gateway) };
        for (var i = 1; i <= 50; i++) calls.Add(await StandInLineAsync(gateway, i, $"{i}"));
        Server.Release();
        for (var i = 51; i <= 100; i++) calls.Add(gateway.ChatAsync("later"));
        foreach (var call in calls) Assert.Equal(HttpStatusCode.OK, (await call).StatusCode);

        Assert.Equal(Enumerable.Range(1, 50).Select(i => $"{i}"), Seen.Skip(1).Take(50));
        await AssertIdleAsync(gateway);
    }

    private static (string, string)[] As(string key, string? priority = null) =>
        priority is null ? [("Authorization", $"Bearer key-{key}")] : [("Authorization", $"Bearer key-{key}"), ("X-Priority", priority)];
}
