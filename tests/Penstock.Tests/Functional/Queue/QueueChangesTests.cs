using System.Net;
using Penstock.Health;
using Penstock.Runtime;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Queue;

/// <summary>What happens to who waits when something else happens.</summary>
public sealed class QueueChangesTests : QueueTest
{
    [Theory]
    [InlineData("")]
    [InlineData("on_disconnect: drain")]
    public async Task CallerLeaves_IsOutOfTheLine(string model)
    {
        await using var gateway = await StartAsync(model);
        var first = await OccupyAsync(gateway);
        using var caller = await RawCaller.ConnectAsync(gateway.Url);
        await caller.PostAsync("/v1/chat/completions", TestGateway.Chat("second"));
        await WaitForLineAsync(gateway, 1);
        caller.Close();

        await gateway.WaitForLogAsync("status=499 error=caller_gone");
        await WaitForLineAsync(gateway, 0);
        Server.Release();
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
        await AssertIdleAsync(gateway);
        Assert.Single(Server.Requests);
    }

    [Fact]
    public async Task Reload_KeepsItsPlace()
    {
        await using var gateway = await StartAsync();
        var first = await OccupyAsync(gateway);
        var second = await StandInLineAsync(gateway, 1, "second");
        await File.WriteAllTextAsync(gateway.ConfigFile, Yaml("keepalive: 7"));
        Assert.True(gateway.Get<GatewayRuntime>().TryReload(), gateway.Log);
        var third = await StandInLineAsync(gateway, 2, "third");
        Server.Release();
        foreach (var call in new[] { first, second, third }) Assert.Equal(HttpStatusCode.OK, (await call).StatusCode);

        Assert.Equal(["first", "second", "third"], Seen);
        await AssertIdleAsync(gateway);
    }

    [Fact]
    public async Task Reload_BringsSeats_WhoWaitsHasThem()
    {
        await using var gateway = await StartAsync();
        var first = await OccupyAsync(gateway);
        var second = await StandInLineAsync(gateway, 1, "second");
        await ReloadAsync(gateway, Yaml().Replace("max_concurrency: 1", "max_concurrency: 2", StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.OK, (await second).StatusCode);
        Assert.False(first.IsCompleted);
        Server.Release();
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
        await AssertIdleAsync(gateway);
    }

    [Fact]
    public async Task Reload_BringsAServer_WhoWaitsHasIt()
    {
        await using var added = ScriptedUpstream.Start(Scripts.Chat("hello"));
        await using var gateway = await StartAsync();
        var first = await OccupyAsync(gateway);
        var pinned = await StandInLineAsync(gateway, 1, "pinned", ("X-Backend", "gpu"));
        var second = await StandInLineAsync(gateway, 2, "second");
        await ReloadAsync(gateway, $$"""
            models: [{ name: m, backends: [gpu, added] }]
            backends:
              - { name: gpu, url: '{{Server.Url}}', health: off, max_concurrency: 1 }
              - { name: added, url: '{{added.Url}}', health: off, max_concurrency: 1 }
            """);

        Assert.Equal("added", Assert.Single((await second).Headers.GetValues("X-Backend")));
        await WaitForLineAsync(gateway, 1);
        Assert.False(pinned.IsCompleted);
        Server.Release();
        foreach (var call in new[] { first, pinned }) Assert.Equal("gpu", Assert.Single((await call).Headers.GetValues("X-Backend")));
        await AssertIdleAsync(gateway);
    }

    [Fact]
    public async Task GatewayStops_IsToldSo()
    {
        await using var gateway = await StartAsync();
        var first = await OccupyAsync(gateway);
        var second = await StandInLineAsync(gateway, 1, "second");
        var drained = gateway.Get<Drain>().RunAsync(TimeSpan.FromMilliseconds(1), Patience.Default, TimeProvider.System, CancellationToken.None);

        using var refused = await second;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Contains("\"code\":\"shutting_down\"", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await first).StatusCode);
        Assert.False(await drained);
        Assert.Single(Server.Requests);
    }

    // What a newcomer is told, and as soon, however long it would have waited.
    [Theory]
    [InlineData(503, "no_healthy_backend")]
    [InlineData(429, "rate_limit_exceeded")]
    public async Task NobodyIsLeftToAnswer_IsToldSo(int status, string code)
    {
        await using var gateway = await StartAsync();
        var health = gateway.Get<GatewayRuntime>().Current.Backends[0].State.Health;
        var first = await OccupyAsync(gateway);
        var second = await StandInLineAsync(gateway, 1, "second", ("X-Request-Timeout", "1800"));
        if (status == 503) health.Drain();
        else health.Rest(TimeSpan.FromHours(1));

        using var refused = await second.WaitAsync(Patience.Default);
        Assert.Equal(status, (int)refused.StatusCode);
        Assert.Contains($"\"code\":\"{code}\"", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.True(refused.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1));
        Assert.Single(Server.Requests);
        Server.Release();
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
        await AssertIdleAsync(gateway);
    }

    [Fact]
    public async Task BackendAsksForARest_ServesTheLineAfterItInItsOrder()
    {
        await using var gateway = await StartAsync();
        var first = await OccupyAsync(gateway);
        var second = await StandInLineAsync(gateway, 1, "second");
        var third = await StandInLineAsync(gateway, 2, "third");
        gateway.Get<GatewayRuntime>().Current.Backends[0].State.Health.Rest(TimeSpan.FromSeconds(0.5));
        Server.Release();

        foreach (var call in new[] { first, second, third }) Assert.Equal(HttpStatusCode.OK, (await call).StatusCode);
        Assert.Equal(["first", "second", "third"], Seen);
        await AssertIdleAsync(gateway);
    }

    [Fact]
    public async Task Stream_WaitsLong_GetsSignsOfLife()
    {
        await using var gateway = await StartAsync("keepalive: 0.1");
        var first = await OccupyAsync(gateway);
        using var stream = await OpenStream.ChatAsync(gateway.Client);
        await stream.ReadToAsync(": keepalive");
        await WaitForLineAsync(gateway, 1);
        Server.Release();

        Assert.Equal("hello", (await stream.ReadToEndAsync()).Content);
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
        await AssertIdleAsync(gateway);
    }

    // The failed attempt's seat goes to who waits, and the call that failed waits for another one.
    [Fact]
    public async Task AttemptFails_OthersWait_IsRepeatedInItsTurn()
    {
        await using var gateway = await StartAsync(root: "retry: { attempts: 3, backoff: 0.01 }");
        Server.Enqueue(Scripts.OnceReleased(Scripts.Error(500)));
        var first = gateway.ChatAsync("first");
        await Server.WaitForRequestAsync();
        var second = await StandInLineAsync(gateway, 1, "second");
        Server.Release();

        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await second).StatusCode);
        Assert.Equal(["first", "second", "first"], Seen);
        await AssertIdleAsync(gateway);
    }

    // Asked again without the option that the gateway added, it keeps its seat.
    [Fact]
    public async Task UsageOptionIsRefused_OthersWait_IsAskedAgainAtOnce()
    {
        Server.Script = exchange => exchange.Request.WantsUsage
            ? Scripts.Error(400, "unknown field stream_options")(exchange)
            : Scripts.Chat("hello")(exchange);
        await using var gateway = await StartAsync();
        Server.Enqueue(Scripts.OnceReleased(Scripts.Error(400, "unknown field stream_options")));
        var stream = OpenStream.ChatAsync(gateway.Client);
        await Server.WaitForRequestAsync();
        var second = await StandInLineAsync(gateway, 1, "second");
        Server.Release();

        using var opened = await stream;
        Assert.Equal("hello", (await opened.ReadToEndAsync()).Content);
        Assert.Equal(HttpStatusCode.OK, (await second).StatusCode);
        Assert.Equal("second", Seen[2]);
        await AssertIdleAsync(gateway);
    }

    private static async Task ReloadAsync(TestGateway gateway, string yaml)
    {
        await File.WriteAllTextAsync(gateway.ConfigFile, yaml);
        Assert.True(gateway.Get<GatewayRuntime>().TryReload(), gateway.Log);
    }
}
