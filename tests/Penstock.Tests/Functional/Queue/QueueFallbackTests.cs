using System.Net;
using Penstock.Health;
using Penstock.Runtime;
using Penstock.Telemetry;
using Penstock.Tests.Functional.Faults;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Queue;

/// <summary>A pool with a fallback, both of one seat.</summary>
public sealed class QueueFallbackTests : FaultTest
{
    [Fact]
    public async Task BothAreFull_FallbacksSeatIsFreedFirst_TakesThat()
    {
        await using var gateway = await StartAsync("max_concurrency: 1", "max_concurrency: 1");
        Primary.Script = Scripts.OnceReleased(Scripts.Chat(Text));
        Spare.Script = Scripts.OnceReleased(Scripts.Chat(Text));
        var first = gateway.ChatAsync();
        await Primary.WaitForRequestAsync();
        var second = gateway.ChatAsync();
        await Spare.WaitForRequestAsync();
        var third = gateway.ChatAsync();
        await Patience.UntilAsync(() => gateway.Get<GatewayMetrics>().Queue.Sorted().Sum(series => series.Waiting) == 1, "one in line");

        Spare.Release();
        Assert.Equal(HttpStatusCode.OK, (await second).StatusCode);
        Assert.Equal("spare", Answers.HeaderOf(await third, "X-Backend"));
        Primary.Release();
        Assert.Equal("primary", Answers.HeaderOf(await first, "X-Backend"));
        await Answers.WaitUntilIdleAsync(gateway);
    }

    // As a newcomer does, for whom there is only the fallback by then.
    [Theory]
    [InlineData(null)]
    [InlineData(20.0)]
    public async Task ItsServerIsOut_FallbackIsWaitedFor_StandsInLineThere(double? rest)
    {
        await using var gateway = await StartAsync("max_concurrency: 1", "max_concurrency: 1");
        Primary.Script = Scripts.OnceReleased(Scripts.Chat(Text));
        Spare.Script = Scripts.OnceReleased(Scripts.Chat(Text));
        var calls = new List<Task<HttpResponseMessage>> { gateway.ChatAsync() };
        await Primary.WaitForRequestAsync();
        calls.Add(AskSpareAsync(gateway));
        await Spare.WaitForRequestAsync();
        calls.Add(AskSpareAsync(gateway));
        await WaitForLineAsync(gateway, "spare", 1);
        calls.Add(gateway.ChatAsync());
        await WaitForLineAsync(gateway, "m", 1);
        if (rest is { } seconds) HealthOfPrimary(gateway).Rest(TimeSpan.FromSeconds(seconds));
        else HealthOfPrimary(gateway).Drain();

        await WaitForLineAsync(gateway, "spare", 2);
        await WaitForLineAsync(gateway, "m", 0);
        Spare.Release();
        foreach (var call in calls[1..]) Assert.Equal("spare", Answers.HeaderOf(await call, "X-Backend"));
        Assert.NotEqual("0", Answers.HeaderOf(await calls[3], "X-Queue-Ms"));
        Primary.Release();
        Assert.Equal("primary", Answers.HeaderOf(await calls[0], "X-Backend"));
        await Answers.WaitUntilIdleAsync(gateway);
    }

    [Fact]
    public async Task ItsServerRestsForAMoment_FallbackIsWaitedFor_WaitsForItsServer()
    {
        await using var gateway = await StartAsync("max_concurrency: 1", "max_concurrency: 1");
        Primary.Enqueue(Scripts.OnceReleased(Scripts.Chat(Text)));
        Spare.Script = Scripts.OnceReleased(Scripts.Chat(Text));
        var first = gateway.ChatAsync();
        await Primary.WaitForRequestAsync();
        var spares = new List<Task<HttpResponseMessage>> { AskSpareAsync(gateway) };
        await Spare.WaitForRequestAsync();
        spares.Add(AskSpareAsync(gateway));
        await WaitForLineAsync(gateway, "spare", 1);
        var second = gateway.ChatAsync();
        await WaitForLineAsync(gateway, "m", 1);
        HealthOfPrimary(gateway).Rest(TimeSpan.FromSeconds(0.3));
        Primary.Release();

        foreach (var call in new[] { first, second }) Assert.Equal("primary", Answers.HeaderOf(await call.WaitAsync(Patience.Default), "X-Backend"));
        Spare.Release();
        foreach (var call in spares) Assert.Equal(HttpStatusCode.OK, (await call).StatusCode);
        await Answers.WaitUntilIdleAsync(gateway);
    }

    // It may wait for as long as it likes: nobody else has less of the other server by that.
    [Fact]
    public async Task OneWaitsForACertainServer_OthersHaveTheFreeOne()
    {
        await using var gateway = await TestGateway.StartAsync($$"""
            models:
              - { name: m, backends: [primary], fallbacks: [both] }
              - { name: both, backends: [primary, spare], policy: priority }
            backends:
              - { name: primary, url: '{{Primary.Url}}', health: off, max_concurrency: 1 }
              - { name: spare, url: '{{Spare.Url}}', health: off, max_concurrency: 1 }
            """);
        Primary.Script = Scripts.OnceReleased(Scripts.Chat(Text));
        var first = gateway.ChatAsync();
        await Primary.WaitForRequestAsync();
        var pinned = AskForAsync(gateway, "both", ("X-Backend", "primary"));
        await WaitForLineAsync(gateway, "both", 1);

        foreach (var model in new[] { "m", "both" })
        {
            using var answer = await AskForAsync(gateway, model).WaitAsync(Patience.Default);
            Assert.Equal(("spare", "0"), (Answers.HeaderOf(answer, "X-Backend"), Answers.HeaderOf(answer, "X-Queue-Ms")));
            await Patience.UntilAsync(() => gateway.Get<GatewayRuntime>().Current.Backends.Sum(backend => backend.State.InFlight) == 1, "the spare's seat free");
        }

        Assert.False(pinned.IsCompleted);
        Primary.Release();
        foreach (var call in new[] { first, pinned }) Assert.Equal("primary", Answers.HeaderOf(await call, "X-Backend"));
        await Answers.WaitUntilIdleAsync(gateway);
    }

    // One that waited would come when nobody needs it any more.
    [Fact]
    public async Task HedgesDoNotWait_NobodyIsFree_TheFirstAnswers()
    {
        await using var gateway = await StartAsync("max_concurrency: 1", "max_concurrency: 1", model: "hedge_after: 0.05");
        Primary.Script = Scripts.OnceReleased(Scripts.Chat(Text));
        Spare.Script = Scripts.OnceReleased(Scripts.Chat(Text));
        var asked = AskSpareAsync(gateway);
        await Spare.WaitForRequestAsync();
        var call = gateway.ChatAsync();
        await Primary.WaitForRequestAsync();
        await Task.Delay(200);
        Primary.Release();

        Assert.Equal("primary", Answers.HeaderOf(await call, "X-Backend"));
        Spare.Release();
        Assert.Equal(HttpStatusCode.OK, (await asked).StatusCode);
        Assert.Single(Spare.Requests);
        await Answers.WaitUntilIdleAsync(gateway);
    }

    private static BackendHealth HealthOfPrimary(TestGateway gateway) =>
        gateway.Get<GatewayRuntime>().Current.Backends.First(backend => backend.Name == "primary").State.Health;

    private static Task<HttpResponseMessage> AskSpareAsync(TestGateway gateway) => AskForAsync(gateway, "spare");

    private static Task<HttpResponseMessage> AskForAsync(TestGateway gateway, string model, params (string Name, string Value)[] headers) =>
        gateway.PostAsync("/v1/chat/completions", $$"""{"model":"{{model}}","messages":[{"role":"user","content":"x"}]}""", headers);

    private static Task WaitForLineAsync(TestGateway gateway, string pool, int count) => Patience.UntilAsync(
        () => gateway.Get<GatewayMetrics>().Queue.Sorted().Where(series => series.Pool == pool).Sum(series => series.Waiting) == count, $"{count} in the line of {pool}");
}
