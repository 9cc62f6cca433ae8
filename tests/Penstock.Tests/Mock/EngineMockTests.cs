using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Penstock.Backends;
using Penstock.Backends.Http;
using Penstock.Configuration;
using Penstock.Server.Mock;
using Penstock.Server.Mock.Engines;
using Penstock.Tests.Functional;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Mock;

/// <summary>The mock as an inference server: what it remembers, how it waits, what it tells of itself.</summary>
public sealed class EngineMockTests : IAsyncLifetime, IDisposable
{
    private static readonly string Long = string.Concat(Enumerable.Range(0, 400).Select(i => $"word{i} "));

    private readonly HttpClient _client = new();
    private readonly HttpTransport _transport = new(new SystemNameResolver());
    private readonly List<WebApplication> _servers = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var server in _servers) await server.DisposeAsync();
    }

    public void Dispose()
    {
        _client.Dispose();
        _transport.Dispose();
    }

    [Fact]
    public async Task Vllm_NextTurn_FindsTheFirstInItsCache_AnswerIncluded()
    {
        var url = await StartAsync(MockEngine.Vllm);

        using var first = await ChatAsync(url, Message("user", Long));
        var said = first.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
        using var again = await ChatAsync(url, $"{Message("user", Long)},{Message("assistant", said)},{Message("user", "go on")}");

        var (before, after) = (first.RootElement.GetProperty("usage"), again.RootElement.GetProperty("usage"));
        Assert.Equal(0, Cached(before));
        Assert.Equal(64, before.GetProperty("completion_tokens").GetInt32());
        Assert.Equal(64 * PromptText.TokenBytes, said.Length);
        // All of the prompt and nearly all of the answer, in whole blocks.
        Assert.InRange(Cached(after), before.GetProperty("prompt_tokens").GetInt32(), before.GetProperty("total_tokens").GetInt32());
        Assert.Equal(0, Cached(after) % 16);
        Assert.False(first.RootElement.TryGetProperty("timings", out _));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Llama_Timings_AreInTheLastChunk(bool usage)
    {
        var url = await StartAsync(MockEngine.LlamaCpp);
        var more = usage ? ",\"stream_options\":{\"include_usage\":true}" : "";

        using var answer = await PostAsync(url, $$"""{"stream":true,"max_tokens":5,"messages":[{{Message("user", Long)}}]{{more}}}""");
        var events = SseText.Parse(await answer.Content.ReadAsStringAsync());

        Assert.True(events.IsDone);
        Assert.Equal(5 * PromptText.TokenBytes, events.Content.Length);
        using var last = JsonDocument.Parse(events.Events[^2].Data);
        var timings = last.RootElement.GetProperty("timings");
        Assert.Equal(0, timings.GetProperty("cache_n").GetInt32());
        Assert.InRange(timings.GetProperty("prompt_n").GetInt32(), Long.Length / 4, Long.Length / 4 + 10);
        // 2,000 prompt tokens a second: in the engine's own time, however fast that goes.
        Assert.InRange(timings.GetProperty("prompt_ms").GetDouble(), timings.GetProperty("prompt_n").GetInt32() / 2.0, 10_000);
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(1, false)]
    [InlineData(-1, true)]
    public async Task Llama_IdSlot_IsObeyed(int slot, bool isCached)
    {
        var url = await StartAsync(MockEngine.LlamaCpp);
        (await ChatAsync(url, Message("user", Long), ",\"id_slot\":2")).Dispose();

        using var again = await ChatAsync(url, Message("user", Long), $",\"id_slot\":{slot}");

        Assert.Equal(isCached, again.RootElement.GetProperty("timings").GetProperty("cache_n").GetInt32() > 0);
    }

    [Theory]
    [InlineData(1, """{"messages":[],"id_slot":9}""")]
    [InlineData(0, null)]
    public async Task Call_ThatTheEngineCanNeverTake_Is400(int engine, string? body)
    {
        var url = await StartAsync((MockEngine)engine);

        using var answer = await PostAsync(url, body ?? $$"""{"messages":[{{Message("user", new string('x', 4 * 600_000))}}]}""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("context_length_exceeded", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Llama_FifthCall_Waits_AndOneWhoLeavesFreesItsPlace()
    {
        var url = await StartAsync(MockEngine.LlamaCpp, speed: 1, tokens: 100_000);
        var backend = Reporter(url, EngineKind.Auto);
        using var leaving = new CancellationTokenSource();
        var calls = Enumerable.Range(0, 5).Select(i => HoldAsync(url, $"call {i}", leaving.Token)).ToArray();

        await ReadsAsync(backend, reading => (reading.Running, reading.Waiting) == (4, 1) && reading.Slots!.All(slot => slot.IsProcessing));
        await leaving.CancelAsync();
        await ReadsAsync(backend, reading => (reading.Running, reading.Waiting) == (0, 0) && reading.Slots!.All(slot => !slot.IsProcessing));

        await Task.WhenAll(calls);
    }

    [Fact]
    public async Task Llama_CallThatWaitedForASlot_ItsPromptMsAreThoseOfItsReading()
    {
        var url = await StartAsync(MockEngine.LlamaCpp, speed: 100, tokens: 100_000);
        var backend = Reporter(url, EngineKind.Auto);
        using var leaving = new CancellationTokenSource();
        var calls = Enumerable.Range(0, 4).Select(i => HoldAsync(url, $"call {i}", leaving.Token)).ToArray();
        await ReadsAsync(backend, reading => reading.Running == 4);
        var deferred = ChatAsync(url, Message("user", "hello"), ",\"max_tokens\":3");
        await ReadsAsync(backend, reading => reading.Waiting == 1);

        // At least 5 s of the engine's time.
        await Task.Delay(50);
        await leaving.CancelAsync();

        using var answer = await deferred;
        Assert.InRange(answer.RootElement.GetProperty("timings").GetProperty("prompt_ms").GetDouble(), 1, 1_000);
        await Task.WhenAll(calls);
    }

    [Fact]
    public async Task Vllm_Metrics_AreReadAsTheRealOnes()
    {
        var url = await StartAsync(MockEngine.Vllm, speed: 1, tokens: 100_000);
        var backend = Reporter(url, EngineKind.Auto);
        using var leaving = new CancellationTokenSource();
        var call = HoldAsync(url, Long, leaving.Token);

        var reading = await ReadsAsync(backend, reading => reading is { Running: 1, CacheUsage: > 0, PromptTokensRead: > 0 });
        await leaving.CancelAsync();
        await ReadsAsync(backend, reading => reading is { Running: 0, CacheUsage: 0 });

        Assert.Equal((EngineKind.Vllm, 0, 524_288L), (reading.Kind, reading.Waiting, reading.CacheTokens));
        Assert.NotNull(reading.StartedAt);
        var page = PrometheusText.Parse(await _client.GetStringAsync(new Uri(url + "/metrics")), openMetrics: false);
        Assert.Contains(page.Families, family => family.Name == "vllm:num_requests_waiting");
        await call;
    }

    [Fact]
    public async Task Health_AndModels_AreThere()
    {
        var url = await StartAsync(MockEngine.Vllm);

        foreach (var path in (string[])["/health", "/v1/models"])
        {
            using var answer = await _client.GetAsync(new Uri(url + path));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Gateway_InFrontOfBoth_RecognisesThem()
    {
        var (vllm, llama) = (await StartAsync(MockEngine.Vllm), await StartAsync(MockEngine.LlamaCpp));
        await using var gateway = await TestGateway.StartAsync($"backends: [{{ name: v, url: '{vllm}' }}, {{ name: l, url: '{llama}' }}]");

        await Patience.UntilAsync(
            () => (Probing.BackendOf(gateway, "v").State.Engine?.Kind, Probing.BackendOf(gateway, "l").State.Engine?.Kind) == (EngineKind.Vllm, EngineKind.LlamaCpp),
            "both are recognised");

        Assert.Equal((SeatFinder.Most, 4), (Probing.BackendOf(gateway, "v").Seats, Probing.BackendOf(gateway, "l").Seats));
        using var answer = await gateway.PostAsync("/v1/chat/completions", """{"model":"l","max_tokens":3,"messages":[{"role":"user","content":"hello"}]}""");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("\"timings\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static string Message(string role, string content) => $$"""{"role":"{{role}}","content":"{{content}}"}""";

    private static int Cached(JsonElement usage) => usage.GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32();

    private static async Task<EngineReading> ReadsAsync(HttpBackend backend, Func<EngineReading, bool> condition)
    {
        using var deadline = new CancellationTokenSource(Patience.Default);
        while (true)
        {
            if ((await backend.ReportAsync(0, deadline.Token)).Reading is { } reading && condition(reading)) return reading;
            await Task.Delay(10, deadline.Token);
        }
    }

    private HttpBackend Reporter(string url, EngineKind kind) => new(new BackendConfig { Name = "b", Type = "http", Url = new Uri(url), Kind = kind }, _transport);

    // Holds a stream until it is told to leave; what the server answers does not matter.
    private async Task HoldAsync(string url, string content, CancellationToken leaving)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url + "/v1/chat/completions")
        {
            Content = new StringContent($$"""{"stream":true,"messages":[{{Message("user", content)}}]}""", Encoding.UTF8, "application/json"),
        };
        try
        {
            using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leaving);
            await answer.Content.CopyToAsync(Stream.Null, leaving);
        }
        catch (OperationCanceledException)
        {
            // It has left.
        }
    }

    private async Task<JsonDocument> ChatAsync(string url, string messages, string more = "")
    {
        using var answer = await PostAsync(url, $$"""{"messages":[{{messages}}]{{more}}}""");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
    }

    private async Task<HttpResponseMessage> PostAsync(string url, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        return await _client.PostAsync(new Uri(url + "/v1/chat/completions"), content);
    }

    private async Task<string> StartAsync(MockEngine engine, double speed = 1000, int? tokens = null)
    {
        var options = new MockOptions
        {
            Address = IPAddress.Loopback,
            Port = 0,
            Engine = engine,
            Speed = speed,
            Tokens = tokens,
        };
        var server = MockServer.Create(options, TimeProvider.System);
        _servers.Add(server);
        await server.StartAsync();
        return server.Urls.Single();
    }
}
