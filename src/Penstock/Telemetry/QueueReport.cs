namespace Penstock.Telemetry;

/// <summary>The lines' part of the metrics page.</summary>
internal static class QueueReport
{
    public static void Write(PrometheusText text, QueueMetrics metrics)
    {
        var all = metrics.Sorted();
        text.Family("penstock_queue_requests", "gauge", MetricNames.QueueRequestsHelp);
        foreach (var series in all) text.Gauge(series.Waiting, ("pool", series.Pool), ("priority", series.Priority));
        text.Family("penstock_queue_bytes", "gauge", MetricNames.QueueBytesHelp, "bytes");
        foreach (var series in all) text.Gauge(series.Bytes, ("pool", series.Pool), ("priority", series.Priority));
        text.Family("penstock_queue_refused", "counter", MetricNames.QueueRefusedHelp);
        foreach (var series in all)
        {
            foreach (var (reason, count) in series.Refused.OrderBy(r => r.Reason, StringComparer.Ordinal))
                text.Counter(count, ("pool", series.Pool), ("priority", series.Priority), ("reason", reason));
        }

        text.Family("penstock_queue_duration_seconds", "histogram", MetricNames.QueueDurationHelp, "seconds");
        foreach (var series in all) text.Histogram(series.Waited, ("pool", series.Pool), ("priority", series.Priority));
    }
}
