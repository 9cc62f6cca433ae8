using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Penstock.Telemetry;

/// <summary>The metrics as a page: for Prometheus, and as a small JSON object for people with curl.</summary>
internal static class MetricsReport
{
    public static void WritePrometheus(GatewayMetrics metrics, IBufferWriter<byte> output, bool openMetrics)
    {
        var text = new PrometheusText(output, openMetrics);
        var calls = Sorted(metrics.Calls);

        text.Family("penstock_build_info", "gauge", MetricNames.BuildInfoHelp);
        text.Gauge(1, ("version", PenstockTelemetry.Version), ("runtime", Environment.Version.ToString()));
        text.Family("penstock_uptime_seconds", "gauge", MetricNames.UptimeHelp, "seconds");
        text.Gauge(metrics.Uptime.TotalSeconds);
        text.Family("penstock_in_flight_requests", "gauge", MetricNames.InFlightHelp);
        text.Gauge(metrics.InFlight);
        text.Family("penstock_backend_in_flight_requests", "gauge", MetricNames.BackendInFlightHelp);
        foreach (var (backend, count) in metrics.BackendsInFlight.OrderBy(b => b.Backend, StringComparer.Ordinal))
            text.Gauge(count, ("backend", backend));
        var backends = metrics.Backends.OrderBy(b => b.Backend, StringComparer.Ordinal).ToArray();
        text.Family("penstock_backend_up", "gauge", MetricNames.BackendUpHelp);
        foreach (var backend in backends) text.Gauge(backend.IsUp ? 1 : 0, ("backend", backend.Backend));
        text.Family("penstock_backend_breaker_state", "gauge", MetricNames.BreakerStateHelp);
        foreach (var backend in backends) text.Gauge(backend.Breaker, ("backend", backend.Backend));
        BackendGauge(text, backends, "penstock_backend_seats", MetricNames.BackendSeatsHelp, b => b.Seats);
        BackendGauge(text, backends, "penstock_engine_running_requests", MetricNames.EngineRunningHelp, b => b.Running);
        BackendGauge(text, backends, "penstock_engine_waiting_requests", MetricNames.EngineWaitingHelp, b => b.Waiting);
        BackendGauge(text, backends, "penstock_engine_cache_usage_ratio", MetricNames.EngineCacheUsageHelp, b => b.CacheUsage);
        text.Family("penstock_log_lines_dropped", "counter", MetricNames.LogLinesDroppedHelp);
        text.Counter(metrics.LogLinesDropped);

        text.Family("penstock_requests", "counter", MetricNames.RequestsHelp);
        foreach (var series in calls)
        {
            foreach (var (status, count) in series.CountsByStatus())
            {
                text.Counter(count, ("endpoint", series.Labels.Endpoint), ("model", series.Labels.Model),
                    ("backend", series.Labels.Backend), ("status", status.ToString(CultureInfo.InvariantCulture)));
            }
        }

        text.Family("penstock_attempts", "counter", MetricNames.AttemptsHelp);
        foreach (var (backend, outcome, count) in metrics.Attempts.OrderBy(a => (a.Backend, a.Outcome)))
            text.Counter(count, ("backend", backend), ("outcome", outcome));

        text.Family("penstock_retries_denied", "counter", MetricNames.RetriesDeniedHelp);
        text.Counter(metrics.RetriesDenied);
        text.Family("penstock_hedges", "counter", MetricNames.HedgesHelp);
        text.Counter(metrics.Hedges);
        text.Family("penstock_rescues", "counter", MetricNames.RescuesHelp);
        foreach (var (outcome, count) in metrics.Rescues.OrderBy(r => r.Outcome, StringComparer.Ordinal)) text.Counter(count, ("outcome", outcome));
        text.Family("penstock_dropped_events", "counter", MetricNames.DroppedEventsHelp);
        foreach (var (backend, count) in metrics.DroppedEvents.OrderBy(d => d.Backend, StringComparer.Ordinal)) text.Counter(count, ("backend", backend));

        QueueReport.Write(text, metrics.Queue);
        text.Family("penstock_usage_records_lost", "counter", MetricNames.UsageRecordsLostHelp);
        foreach (var (reason, count) in metrics.UsageRecordsLost.OrderBy(l => l.Reason, StringComparer.Ordinal)) text.Counter(count, ("reason", reason));
        text.Family("penstock_usage_records_spooled", "counter", MetricNames.UsageRecordsSpooledHelp);
        text.Counter(metrics.UsageRecordsSpooled);

        text.Family("penstock_tokens", "counter", MetricNames.TokensHelp);
        foreach (var series in calls.Where(s => s.Labels.Backend.Length > 0))
        {
            text.Counter(series.PromptTokens.Sum, [("direction", "prompt"), .. Labels(series)]);
            text.Counter(series.CompletionTokens.Sum, [("direction", "completion"), .. Labels(series)]);
        }

        Histograms(text, calls, "gen_ai_server_request_duration_seconds", MetricNames.DurationHelp, "seconds", s => s.Duration);
        Histograms(text, calls, "gen_ai_server_time_to_first_token_seconds", MetricNames.TimeToFirstTokenHelp, "seconds", s => s.TimeToFirstToken);
        Histograms(text, calls, "gen_ai_server_time_per_output_token_seconds", MetricNames.TimePerOutputTokenHelp, "seconds", s => s.TimePerOutputToken);
        Histograms(text, calls, "penstock_overhead_seconds", MetricNames.OverheadHelp, "seconds", s => s.Overhead);

        text.Family("gen_ai_client_token_usage", "histogram", MetricNames.TokenUsageHelp);
        foreach (var series in calls.Where(s => s.Labels.Backend.Length > 0))
        {
            text.Histogram(series.PromptTokens, [("gen_ai_token_type", "input"), .. Labels(series)]);
            text.Histogram(series.CompletionTokens, [("gen_ai_token_type", "output"), .. Labels(series)]);
        }

        ProcessFamilies(text);
        text.End();
    }

    public static void WriteJson(GatewayMetrics metrics, IBufferWriter<byte> output)
    {
        var calls = Sorted(metrics.Calls);
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        WriteTotals(json, calls);
        json.WriteNumber("in_flight"u8, metrics.InFlight);
        json.WriteNumber("uptime_s"u8, Math.Round(metrics.Uptime.TotalSeconds, 3));
        json.WriteStartObject("backends"u8);
        foreach (var (backend, inFlight) in metrics.BackendsInFlight.OrderBy(b => b.Backend, StringComparer.Ordinal))
        {
            json.WriteStartObject(backend);
            WriteTotals(json, Array.FindAll(calls, s => s.Labels.Backend == backend));
            json.WriteNumber("in_flight"u8, inFlight);
            json.WriteNumber("uptime_s"u8, Math.Round(metrics.Uptime.TotalSeconds, 3));
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteTotals(Utf8JsonWriter json, CallSeries[] calls)
    {
        json.WriteNumber("request_count"u8, calls.Sum(s => s.Requests()));
        json.WriteNumber("error_count"u8, calls.Sum(s => s.Errors));
        json.WriteNumber("total_latency_ms"u8, calls.Sum(s => s.Duration.Sum) / 1000.0);
        json.WriteNumber("prompt_tokens"u8, calls.Sum(s => s.PromptTokens.Sum));
        json.WriteNumber("completion_tokens"u8, calls.Sum(s => s.CompletionTokens.Sum));
    }

    private static void BackendGauge(PrometheusText text, BackendReading[] backends, string name, string help, Func<BackendReading, double?> value)
    {
        text.Family(name, "gauge", help);
        foreach (var backend in backends)
        {
            if (value(backend) is { } known) text.Gauge(known, ("backend", backend.Backend));
        }
    }

    private static void Histograms(
        PrometheusText text, CallSeries[] calls, string name, string help, string unit, Func<CallSeries, Histogram> which)
    {
        text.Family(name, "histogram", help, unit);
        foreach (var series in calls.Where(s => s.Labels.Backend.Length > 0)) text.Histogram(which(series), Labels(series));
    }

    // Names that Prometheus' own client libraries give to the same things.
    private static void ProcessFamilies(PrometheusText text)
    {
        using var process = Process.GetCurrentProcess();
        text.Family("process_cpu_seconds", "counter", "CPU time used, user and system.", "seconds");
        text.Counter(process.TotalProcessorTime.TotalSeconds);
        text.Family("process_resident_memory_bytes", "gauge", "Resident memory.", "bytes");
        text.Gauge(process.WorkingSet64);
    }

    private static (string, string)[] Labels(CallSeries series) =>
        [("endpoint", series.Labels.Endpoint), ("model", series.Labels.Model), ("backend", series.Labels.Backend)];

    private static CallSeries[] Sorted(ICollection<CallSeries> calls)
    {
        var sorted = calls.ToArray();
        Array.Sort(sorted, (a, b) => string.CompareOrdinal(Key(a), Key(b)));
        return sorted;

        static string Key(CallSeries s) => $"{s.Labels.Endpoint}\0{s.Labels.Model}\0{s.Labels.Backend}";
    }
}
