using System.Text.Json;
using Penstock.Telemetry;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Queue;

/// <summary>
/// One server with one seat. Its first call waits at the gate, and has the seat until that is opened; who comes after it
/// stands in line, and is answered at once when it gets the seat: the order in which the server sees them is the line's.
/// </summary>
public abstract class QueueTest : IAsyncLifetime
{
    private protected ScriptedUpstream Server { get; } = ScriptedUpstream.Start(Scripts.Chat("hello"));

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await Server.DisposeAsync();
        Assert.Empty(Server.ScriptErrors);
    }

    /// <summary>A gateway whose model <c>m</c> is the server.</summary>
    /// <param name="model">More of the model's settings.</param>
    /// <param name="root">More of the file.</param>
    private protected Task<TestGateway> StartAsync(string model = "", string root = "") => TestGateway.StartAsync(Yaml(model, root));

    private protected string Yaml(string model = "", string root = "") => $$"""
        models: [{ name: m, backends: [gpu]{{(model.Length == 0 ? "" : ", " + model)}} }]
        backends: [{ name: gpu, url: '{{Server.Url}}', health: off, max_concurrency: 1 }]
        {{root}}
        """;

    /// <summary>Has the only seat taken.</summary>
    private protected async Task<Task<HttpResponseMessage>> OccupyAsync(TestGateway gateway, params (string Name, string Value)[] headers)
    {
        Server.Enqueue(Scripts.OnceReleased(Scripts.Chat("hello")));
        var call = gateway.ChatAsync("first", headers);
        await Server.WaitForRequestAsync();
        return call;
    }

    /// <summary>Sends a call that stands in line, as the one with this number.</summary>
    private protected static async Task<Task<HttpResponseMessage>> StandInLineAsync(
        TestGateway gateway, int number, string content, params (string Name, string Value)[] headers)
    {
        var call = gateway.ChatAsync(content, headers);
        await WaitForLineAsync(gateway, number);
        return call;
    }

    /// <summary>Waits until so many stand in line.</summary>
    private protected static Task WaitForLineAsync(TestGateway gateway, int count) => Patience.UntilAsync(
        () => gateway.Get<GatewayMetrics>().Queue.Sorted().Sum(series => series.Waiting) == count, $"{count} in line");

    /// <summary>What was asked, in the order in which the server saw it.</summary>
    private protected string[] Seen => [.. Server.Requests.Select(
        request => JsonSerializer.Deserialize<JsonElement>(request.Body).GetProperty("messages")[0].GetProperty("content").GetString()!)];

    private protected static async Task AssertIdleAsync(TestGateway gateway)
    {
        await Answers.WaitUntilIdleAsync(gateway);
        Assert.All(gateway.Get<GatewayMetrics>().Queue.Sorted(), series => Assert.Equal((0L, 0L), (series.Waiting, series.Bytes)));
    }
}
