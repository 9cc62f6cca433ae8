using System.Net;
using System.Text.Json;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

public sealed class MetricsTests : IAsyncLifetime
{
    private static readonly string[] Fields =
        ["request_count", "error_count", "total_latency_ms", "prompt_tokens", "completion_tokens", "in_flight", "uptime_s"];

    private TestGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await TestGateway.StartAsync("""
        default_backend: local
        backends:
          - name: local
            type: echo
            models: [known, "qwen-*"]
        """);

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Theory]
    [InlineData(null, "application/json")]
    [InlineData("*/*", "application/json")]
    [InlineData("application/json", "application/json")]
    [InlineData("text/html", "application/json")]
    [InlineData("text/plain;q=0", "application/json")]
    [InlineData("text/plain", "text/plain; version=0.0.4; charset=utf-8")]
    [InlineData("Text/Plain", "text/plain; version=0.0.4; charset=utf-8")]
    [InlineData("text/plain;version=0.0.4;q=0.5,*/*;q=0.1", "text/plain; version=0.0.4; charset=utf-8")]
    [InlineData("application/openmetrics-text", "application/openmetrics-text; version=1.0.0; charset=utf-8")]
    // What Prometheus 2 and 3 send.
    [InlineData("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", "application/openmetrics-text; version=1.0.0; charset=utf-8")]
    [InlineData("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.6,*/*;q=0.2", "text/plain; version=0.0.4; charset=utf-8")]
    public async Task Get_Accept_ChoosesTheFormat(string? accept, string type)
    {
        using var response = await GetAsync(accept);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(type, response.Content.Headers.GetValues("Content-Type").Single());
        Assert.Equal("Accept", response.Headers.Vary.ToString());
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/openmetrics-text")]
    public async Task Get_AfterRequests_CountsThem(string accept)
    {
        await SendSomeAsync();

        var metrics = await ReadAsync(accept);

        Assert.Empty(metrics.Lint());
        Assert.Equal(3, metrics.Value("penstock_requests_total", ("endpoint", "/v1/chat/completions"), ("model", "known"), ("status", "200")));
        Assert.Equal(1, metrics.Value("penstock_requests_total", ("endpoint", "/v1/chat/completions"), ("model", "qwen-*"), ("backend", "local")));
        Assert.Equal(2, metrics.Value("penstock_requests_total", ("endpoint", "/v1/chat/completions"), ("model", "other"), ("backend", "local")));
        Assert.Equal(1, metrics.Value("penstock_requests_total", ("endpoint", "/v1/chat/completions"), ("status", "400"), ("backend", "")));
        Assert.Equal(1, metrics.Value("penstock_requests_total", ("endpoint", "/v1/models"), ("status", "200")));
        Assert.Equal(1, metrics.Value("penstock_requests_total", ("endpoint", "/v1/*"), ("status", "404")));
        Assert.Equal(9, metrics.Sum("penstock_requests_total"));
        Assert.Equal(6, metrics.Sum("penstock_attempts_total", ("backend", "local")));
        Assert.Equal(6 * 2, metrics.Sum("penstock_tokens_total", ("direction", "prompt")));
        Assert.Equal(6 * 3, metrics.Sum("penstock_tokens_total", ("direction", "completion")));
        Assert.Equal(6, metrics.Sum("gen_ai_server_request_duration_seconds_count", ("endpoint", "/v1/chat/completions"), ("backend", "local")));
        Assert.Equal(1, metrics.Sum("gen_ai_server_time_to_first_token_seconds_count"));
        Assert.Equal(1, metrics.Sum("gen_ai_server_time_per_output_token_seconds_count"));
        Assert.Equal(6, metrics.Sum("penstock_overhead_seconds_count"));
        Assert.Equal(0, metrics.Value("penstock_in_flight_requests"));
        Assert.Equal(0, metrics.Value("penstock_backend_in_flight_requests", ("backend", "local")));
        Assert.All(metrics.Samples, s => Assert.True(s.Value >= 0, s.ToString()));
    }

    // A name that a caller makes up is no label: there is no end to those.
    [Fact]
    public async Task Get_UnknownNames_AreLabelledOther()
    {
        for (var i = 0; i < 20; i++)
        {
            using var response = await ChatAsync($"made-up-{i}");
            using var nowhere = await _gateway.Client.GetAsync($"/v1/nowhere-{i}");
            using var model = await _gateway.Client.GetAsync($"/v1/models/nothing-{i}");
        }

        await SettledAsync(60);
        using var page = await GetAsync("text/plain");
        Assert.DoesNotMatch("made-up|nowhere|nothing", await page.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task GetJson_AfterRequests_HasTheSameNumbers()
    {
        await SendSomeAsync();

        using var response = await GetAsync("*/*");
        var json = await response.JsonAsync();

        Assert.Equal([.. Fields, "backends"], json.EnumerateObject().Select(p => p.Name));
        Assert.Equal((9, 2, 12, 18, 0), Numbers(json));
        Assert.True(json.GetProperty("total_latency_ms").GetDouble() > 0);
        Assert.True(json.GetProperty("uptime_s").GetDouble() > 0);
        var local = json.GetProperty("backends").GetProperty("local");
        Assert.Equal(Fields, local.EnumerateObject().Select(p => p.Name));
        Assert.Equal((6, 0, 12, 18, 0), Numbers(local));
    }

    private static (int, int, int, int, int) Numbers(JsonElement json) => (
        json.GetProperty("request_count").GetInt32(), json.GetProperty("error_count").GetInt32(), json.GetProperty("prompt_tokens").GetInt32(),
        json.GetProperty("completion_tokens").GetInt32(), json.GetProperty("in_flight").GetInt32());

    private async Task SendSomeAsync()
    {
        foreach (var model in (string[])["known", "known", "known", "qwen-7b", "unknown"])
        {
            using var response = await ChatAsync(model);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        using var streamed = await ChatAsync("unknown", ",\"stream\":true");
        await streamed.Content.ReadAsStringAsync();
        using var wrong = await _gateway.PostAsync("/v1/chat/completions", "{}");
        using var models = await _gateway.Client.GetAsync("/v1/models");
        using var nowhere = await _gateway.Client.GetAsync("/v1/nowhere");
        using var health = await _gateway.Client.GetAsync("/healthz");
        await SettledAsync(9);
    }

    // A request is counted a moment after its answer has arrived.
    private async Task SettledAsync(int count)
    {
        for (var deadline = Environment.TickCount64 + 30_000; Environment.TickCount64 < deadline; await Task.Delay(10))
        {
            using var response = await GetAsync(null);
            var json = await response.JsonAsync();
            if (json.GetProperty("request_count").GetInt32() == count && json.GetProperty("in_flight").GetInt32() == 0) return;
        }

        throw new TimeoutException($"There are not {count} requests, or some are in flight still.");
    }

    private Task<HttpResponseMessage> ChatAsync(string model, string more = "") => _gateway.PostAsync(
        "/v1/chat/completions", TestGateway.Chat("two words", more).Replace("\"m\"", $"\"{model}\"", StringComparison.Ordinal));

    private async Task<PrometheusText> ReadAsync(string accept)
    {
        using var response = await GetAsync(accept);
        return PrometheusText.Parse(await response.Content.ReadAsStringAsync(), accept != "text/plain");
    }

    private Task<HttpResponseMessage> GetAsync(string? accept)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
        return _gateway.Client.SendAsync(request);
    }
}
