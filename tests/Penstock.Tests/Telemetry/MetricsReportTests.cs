using System.Buffers;
using System.Text;
using System.Text.Json;
using Penstock.Telemetry;
using Xunit;
using PrometheusText = Penstock.Tests.Tools.PrometheusText;

namespace Penstock.Tests.Telemetry;

public sealed class MetricsReportTests
{
    private const string Nasty = "a\"b\\c\nd é";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WritePrometheus_Nothing_IsValid(bool openMetrics)
    {
        using var metrics = new GatewayMetrics(TimeProvider.System, () => 0);

        var text = Write(metrics, openMetrics);

        Assert.Empty(text.Lint());
        Assert.Equal(0, text.Value("penstock_in_flight_requests"));
        Assert.Equal(0, text.Value("penstock_log_lines_dropped_total"));
        Assert.Equal(1, text.Value("penstock_build_info", ("version", PenstockTelemetry.Version)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WritePrometheus_Calls_AreValidAndRight(bool openMetrics)
    {
        using var metrics = new GatewayMetrics(TimeProvider.System, () => 3);
        Fill(metrics);

        var text = Write(metrics, openMetrics);

        Assert.Empty(text.Lint());
        Assert.Equal(2, text.Value("penstock_requests_total", ("model", "m"), ("backend", "b"), ("status", "200")));
        Assert.Equal(1, text.Value("penstock_requests_total", ("model", Nasty), ("backend", Nasty), ("status", "502")));
        Assert.Equal(3, text.Value("penstock_log_lines_dropped_total"));
        Assert.Equal(1, text.Value("penstock_in_flight_requests"));
        Assert.Equal(5, text.Value("penstock_backend_in_flight_requests", ("backend", "b")));
        Assert.Equal(1, text.Value("penstock_backend_up", ("backend", "b")));
        Assert.Equal(0, text.Value("penstock_backend_up", ("backend", Nasty)));
        Assert.Equal(0, text.Value("penstock_backend_breaker_state", ("backend", "b")));
        Assert.Equal(2, text.Value("penstock_backend_breaker_state", ("backend", Nasty)));
        Assert.Equal(2, text.Value("penstock_attempts_total", ("backend", "b"), ("outcome", "ok")));
        Assert.Equal(14, text.Value("penstock_tokens_total", ("direction", "prompt"), ("backend", "b")));
        Assert.Equal(6, text.Value("penstock_tokens_total", ("direction", "completion"), ("backend", "b")));
        Assert.Equal(14, text.Value("gen_ai_client_token_usage_sum", ("gen_ai_token_type", "input"), ("backend", "b")));
        Assert.Equal(2, text.Value("gen_ai_server_request_duration_seconds_count", ("backend", "b")));
        Assert.Equal(3, text.Value("gen_ai_server_request_duration_seconds_sum", ("backend", "b")));
        Assert.Equal(0, text.Value("gen_ai_server_request_duration_seconds_bucket", ("backend", "b"), ("le", "1.28")));
        Assert.Equal(2, text.Value("gen_ai_server_request_duration_seconds_bucket", ("backend", "b"), ("le", "2.56")));
        Assert.Equal(2, text.Value("gen_ai_server_time_to_first_token_seconds_bucket", ("backend", "b"), ("le", "0.25")));
        Assert.Equal(0.04, text.Value("gen_ai_server_time_per_output_token_seconds_sum", ("backend", "b")), 9);
        Assert.Equal(0.0002, text.Value("penstock_overhead_seconds_sum", ("backend", "b")), 9);
    }

    [Fact]
    public void WriteJson_Calls_HasTotalsAndBackends()
    {
        using var metrics = new GatewayMetrics(TimeProvider.System, () => 0);
        Fill(metrics);
        var output = new ArrayBufferWriter<byte>();

        MetricsReport.WriteJson(metrics, output);

        var json = JsonSerializer.Deserialize<JsonElement>(output.WrittenSpan);
        string[] fields = ["request_count", "error_count", "total_latency_ms", "prompt_tokens", "completion_tokens", "in_flight", "uptime_s"];
        Assert.Equal([.. fields, "backends"], json.EnumerateObject().Select(p => p.Name));
        Assert.Equal((3, 1, 4500, 14, 6, 1), Totals(json));
        var backend = json.GetProperty("backends").GetProperty("b");
        Assert.Equal(fields, backend.EnumerateObject().Select(p => p.Name));
        Assert.Equal((2, 0, 3000, 14, 6, 5), Totals(backend));
        Assert.Equal((1, 1, 1500, 0, 0, 0), Totals(json.GetProperty("backends").GetProperty(Nasty)));
    }

    private static (int, int, double, int, int, int) Totals(JsonElement json) => (
        json.GetProperty("request_count").GetInt32(), json.GetProperty("error_count").GetInt32(), json.GetProperty("total_latency_ms").GetDouble(),
        json.GetProperty("prompt_tokens").GetInt32(), json.GetProperty("completion_tokens").GetInt32(), json.GetProperty("in_flight").GetInt32());

    private static void Fill(GatewayMetrics metrics)
    {
        var call = new CallMeasure
        {
            Status = 200,
            Duration = TimeSpan.FromSeconds(1.5),
            TimeToFirstToken = TimeSpan.FromSeconds(0.25),
            TimePerOutputToken = TimeSpan.FromMilliseconds(20),
            Overhead = TimeSpan.FromMicroseconds(100),
            PromptTokens = 7,
            CompletionTokens = 3,
        };
        metrics.CallStarted();
        metrics.CallStarted();
        metrics.CallEnded();
        metrics.BackendInFlight("b").Value = 5;
        metrics.BackendInFlight(Nasty);
        metrics.ShowBackends(() => [new BackendReading("b", IsUp: true, 0), new BackendReading(Nasty, IsUp: false, 2)]);
        for (var i = 0; i < 2; i++)
        {
            metrics.Record(new CallLabels("/v1/chat/completions", "m", "b"), call);
            metrics.CountAttempt("b", "ok");
        }

        metrics.Record(
            new CallLabels("/v1/chat/completions", Nasty, Nasty),
            new CallMeasure { Status = 502, Error = "upstream_error", IsFailure = true, Duration = TimeSpan.FromSeconds(1.5) });
        metrics.CountAttempt(Nasty, "status");
    }

    private static PrometheusText Write(GatewayMetrics metrics, bool openMetrics)
    {
        var output = new ArrayBufferWriter<byte>();
        MetricsReport.WritePrometheus(metrics, output, openMetrics);
        return PrometheusText.Parse(Encoding.UTF8.GetString(output.WrittenSpan), openMetrics);
    }
}
