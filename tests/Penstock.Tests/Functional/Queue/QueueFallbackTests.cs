using System.Net;
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

    // One that waited would come when nobody needs it any more.
    [Fact]
    public async Task HedgesDoNotWait_NobodyIsFree_TheFirstAnswers()
    {
        await using var gateway = await StartAsync("max_concurrency: 1", "max_concurrency: 1", model: "hedge_after: 0.05");
        Primary.Script = Scripts.OnceReleased(Scripts.Chat(Text));
        Spare.Script = Scripts.OnceReleased(Scripts.Chat(Text));
        var asked = gateway.PostAsync("/v1/chat/completions", """{"model":"spare","messages":[{"role":"user","content":"x"}]}""");
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
}
