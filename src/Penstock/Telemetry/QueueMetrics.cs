using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Penstock.Telemetry;

/// <summary>The metrics of the lines in front of the pools. Pools are the configuration's, and priorities are three.</summary>
internal sealed class QueueMetrics
{
    private readonly ConcurrentDictionary<(string Pool, string Priority), QueueSeries> _series = new();
    private readonly Histogram<double> _waited;

    /// <param name="meter">Shows them besides.</param>
    public QueueMetrics(Meter meter)
    {
        _waited = meter.CreateHistogram("penstock.queue.duration", "s", MetricNames.QueueDurationHelp, tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = HistogramBuckets.Seconds.UpperBounds });
        meter.CreateObservableUpDownCounter("penstock.queue.requests", () => Observe(s => s.Waiting), "{request}", MetricNames.QueueRequestsHelp);
        meter.CreateObservableUpDownCounter("penstock.queue.bytes", () => Observe(s => s.Bytes), "By", MetricNames.QueueBytesHelp);
        meter.CreateObservableCounter("penstock.queue.refused", ObserveRefused, "{request}", MetricNames.QueueRefusedHelp);
    }

    /// <summary>All series, by pool and priority.</summary>
    public QueueSeries[] Sorted() =>
        [.. _series.Values.OrderBy(s => s.Pool, StringComparer.Ordinal).ThenBy(s => s.Priority, StringComparer.Ordinal)];

    public QueueSeries Of(string pool, string priority) =>
        _series.GetOrAdd((pool, priority), static (key, metrics) => new QueueSeries(key.Pool, key.Priority, metrics.Publish), this);

    private void Publish(QueueSeries series, TimeSpan waited)
    {
        if (_waited.Enabled) _waited.Record(waited.TotalSeconds, TagsOf(series));
    }

    private IEnumerable<Measurement<long>> Observe(Func<QueueSeries, long> value) =>
        _series.Values.Select(series => new Measurement<long>(value(series), TagsOf(series)));

    private IEnumerable<Measurement<long>> ObserveRefused()
    {
        foreach (var series in _series.Values)
        {
            foreach (var (reason, count) in series.Refused)
            {
                var tags = TagsOf(series);
                tags.Add("reason", reason);
                yield return new Measurement<long>(count, tags);
            }
        }
    }

    private static TagList TagsOf(QueueSeries series) => new() { { "penstock.pool", series.Pool }, { "priority", series.Priority } };
}
