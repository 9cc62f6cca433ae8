using Penstock.Runtime;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Queue;

/// <summary>A stream that breaks off, of a call that had stood in line: meanwhile its pools may have been made anew.</summary>
public sealed class QueueRescueTests : QueueTest
{
    private const string Text = "one two three four five six";
    private const string Quick = "retry: { attempts: 3, backoff: 0.05 }";

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task OneServer_IsAskedAgain(bool isPinned, bool isReloaded)
    {
        await using var gateway = await StartAsync(root: Quick);
        var first = await OccupyAsync(gateway);
        Server.Enqueue(Scripts.CloseAfter(3, Text), Scripts.Chat(Text));
        var second = gateway.PostAsync("/v1/chat/completions", Stream, isPinned ? [("X-Backend", "gpu")] : []);
        await WaitForLineAsync(gateway, 1);
        if (isReloaded) await ReloadAsync(gateway, Yaml("keepalive: 7", Quick));
        Server.Release();

        await AssertWholeAsync(await second);
        Assert.True((await first).IsSuccessStatusCode);
        Assert.Equal(["first", "second", "second"], Seen);
        await AssertIdleAsync(gateway);
    }

    // The reload writes the same servers anew, and the one that broke off is still the one that broke off.
    [Fact]
    public async Task Reloaded_AnotherServerIsFree_IsAskedFirst()
    {
        await using var other = ScriptedUpstream.Start(Scripts.Chat(Text));
        var breaks = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var gateway = await TestGateway.StartAsync(BothYaml(other));
        Probing.BackendOf(gateway, "other").State.Health.Drain();
        var first = await OccupyAsync(gateway);
        Server.Enqueue(Scripts.Stream(Text, new ChatStream { Before = (exchange, i) => i == 3 ? BreakAsync(exchange, breaks.Task) : Task.CompletedTask }));
        var second = gateway.PostAsync("/v1/chat/completions", Stream);
        await WaitForLineAsync(gateway, 1);
        await ReloadAsync(gateway, BothYaml(other, "keepalive: 7"));
        Server.Release();
        await Server.WaitForRequestAsync(2);
        Probing.BackendOf(gateway, "other").State.Health.Enable();
        breaks.SetResult();

        await AssertWholeAsync(await second);
        Assert.True((await first).IsSuccessStatusCode);
        Assert.Equal(["first", "second"], Seen);
        Assert.Single(other.Requests);
        Assert.Empty(other.ScriptErrors);
        await AssertIdleAsync(gateway);
    }

    private static string Stream => TestGateway.Chat("second", ",\"stream\":true");

    private string BothYaml(ScriptedUpstream other, string model = "keepalive: 15") => $$"""
        models: [{ name: m, backends: [gpu, other], policy: priority, {{model}} }]
        backends:
          - { name: gpu, url: '{{Server.Url}}', health: off, max_concurrency: 1 }
          - { name: other, url: '{{other.Url}}', health: off, max_concurrency: 1 }
        {{Quick}}
        """;

    private static async Task BreakAsync(ScriptedExchange exchange, Task when)
    {
        await when;
        await exchange.CloseAsync();
    }

    private static async Task ReloadAsync(TestGateway gateway, string yaml)
    {
        await File.WriteAllTextAsync(gateway.ConfigFile, yaml);
        Assert.True(gateway.Get<GatewayRuntime>().TryReload(), gateway.Log);
    }

    private static async Task AssertWholeAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync();
        var stream = SseText.Parse(body);
        Assert.True(stream.IsDone, body);
        Assert.Equal(Text, stream.Content);
    }
}
