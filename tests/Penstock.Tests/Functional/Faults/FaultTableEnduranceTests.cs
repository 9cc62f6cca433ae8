using System.Net;
using Penstock.Runtime;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Faults;

/// <summary>Rows 26 to 28 of the fault table: what must hold a thousand times in a row.</summary>
public sealed class FaultTableEnduranceTests : FaultTest
{
    private const int Times = 1000;

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task Row26_KeptConnectionClosesAsItIsReused1000Times_NoneIsLost(bool isStream, bool byReset)
    {
        Primary.Script = Scripts.DropOnReuse(Scripts.Chat(Text), byReset);
        await using var gateway = await StartAsync();

        for (var i = 1; i <= Times; i++)
        {
            if (isStream)
            {
                var answer = await AskAsync(gateway);
                answer.AssertWhole(from: "primary");
                // Silently: it was no attempt of its own.
                Assert.Equal("1", answer.Attempts);
                continue;
            }

            using var response = await gateway.ChatAsync();
            Assert.True(response.StatusCode == HttpStatusCode.OK, $"Number {i} is {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
            Assert.Equal("primary", Answers.HeaderOf(response, "X-Backend"));
            Assert.Equal("1", Answers.HeaderOf(response, "X-Attempts"));
        }

        Assert.Empty(Spare.Requests);
        // It did happen, or the test has shown nothing.
        Assert.InRange(Primary.Requests.Count, Times * 5 / 4, Times * 2);
    }

    [Fact]
    public async Task Row27_CallerResetsMidStream1000Times_NothingIsLeft()
    {
        Primary.Script = Scripts.StallAfter(3, Text);
        await using var gateway = await StartAsync();

        // The first ones fill pools and caches.
        await LeaveAsync(gateway, times: 200);
        await SettleAsync(gateway, callers: 200);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await LeaveAsync(gateway, Times);
        await SettleAsync(gateway, callers: 200 + Times);
        var after = GC.GetTotalMemory(forceFullCollection: true);

        // What this process keeps itself of a call, as its upstream and in its log, is about 5 KB.
        Assert.True(after - before < 16 * 1024 * 1024, $"{(after - before) / 1024} KiB more after {Times} calls.");
        Assert.Empty(Spare.Requests);
        Primary.Script = Scripts.Chat(Text);
        (await AskAsync(gateway)).AssertWhole(from: "primary");
    }

    [Theory]
    [InlineData("weight: 2", true)]
    [InlineData("timeout: 1, idle_timeout: 1", true)]
    [InlineData("", false)]
    public async Task Row28_ReloadDuring100OpenStreams_NoneBreaks(string settings, bool keepsPrimary)
    {
        Primary.Script = Scripts.PauseAfter(20, Text);
        await using var gateway = await StartAsync();
        var streams = new List<OpenStream>();
        try
        {
            for (var i = 0; i < 100; i++) streams.Add(await OpenStream.ChatAsync(gateway.Client, ",\"stream_options\":{\"include_usage\":true}"));
            foreach (var stream in streams) await stream.ReadToAsync("w20");

            var members = keepsPrimary ? "backends: [primary], fallbacks: [spare]" : "backends: [spare]";
            await File.WriteAllTextAsync(gateway.ConfigFile, Yaml(members, settings, "", "", Quick));
            Assert.True(gateway.Get<GatewayRuntime>().TryReload(), gateway.Log);
            var during = await AskNewAsync(gateway, keepsPrimary);
            Primary.Release();

            foreach (var stream in streams)
            {
                await stream.ReadToEndAsync();
                new HeardStream(stream.Response, stream.Text).AssertWhole(from: "primary");
            }

            Assert.Equal(100, Primary.Requests.Count);
            during?.AssertWhole(from: "spare");
        }
        finally
        {
            foreach (var stream in streams) stream.Dispose();
        }

        await Answers.WaitUntilIdleAsync(gateway);
    }

    // A caller who comes after the reload gets what is in force now.
    private static async Task<HeardStream?> AskNewAsync(TestGateway gateway, bool keepsPrimary) =>
        keepsPrimary ? null : await AskAsync(gateway);

    private static async Task LeaveAsync(TestGateway gateway, int times)
    {
        for (var done = 0; done < times; done += 20)
        {
            await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
            {
                using var caller = await RawCaller.ConnectAsync(gateway.Url);
                await caller.PostAsync("/v1/chat/completions", TestGateway.Chat("x", ",\"stream\":true"));
                await caller.ReadUntilAsync(" w3");
                caller.Reset();
            }));
        }
    }

    private async Task SettleAsync(TestGateway gateway, int callers)
    {
        await Primary.WaitForAbortedAsync(callers);
        await Primary.WaitForOpenConnectionsAsync(0);
        await Answers.WaitUntilIdleAsync(gateway);
    }
}
