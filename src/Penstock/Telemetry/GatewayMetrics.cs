using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace Penstock.Telemetry;

/// <summary>
/// All metrics. They are counted here, in series that a request finds once, and read from here by both of our own
/// formats; to <see cref="System.Diagnostics.Metrics"/> (OTLP) they are shown besides, which costs nothing while
/// nobody listens. Instruments that OpenTelemetry's GenAI conventions know have those names.
/// </summary>
internal sealed class GatewayMetrics : IDisposable
{
    private readonly Meter _meter = new(PenstockTelemetry.MeterName, PenstockTelemetry.Version);
    private readonly ConcurrentDictionary<CallLabels, CallSeries> _calls = new();
    private readonly ConcurrentDictionary<(string Backend, string Outcome), StrongBox<long>> _attempts = new();
    private readonly ConcurrentDictionary<string, StrongBox<long>> _backendInFlight = new();
    private readonly ConcurrentDictionary<string, StrongBox<long>> _droppedEvents = new();
    private readonly ConcurrentDictionary<string, StrongBox<long>> _rescues = new();
    private readonly ConcurrentDictionary<string, StrongBox<long>> _usageRecordsLost = new();
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _timeToFirstToken;
    private readonly Histogram<double> _timePerOutputToken;
    private readonly Histogram<double> _overhead;
    private readonly Histogram<long> _tokenUsage;
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly Func<long> _logLinesDropped;
    private Func<IEnumerable<BackendReading>> _backends = () => [];
    private long _inFlight;
    private long _retriesDenied;
    private long _hedges;
    private long _usageRecordsSpooled;

    /// <param name="time">The clock.</param>
    /// <param name="logLinesDropped">How many log lines were dropped so far.</param>
    public GatewayMetrics(TimeProvider time, Func<long> logLinesDropped)
    {
        _time = time;
        _started = time.GetTimestamp();
        _logLinesDropped = logLinesDropped;
        _duration = Seconds("gen_ai.server.request.duration", MetricNames.DurationHelp, HistogramBuckets.Seconds);
        _timeToFirstToken = Seconds("gen_ai.server.time_to_first_token", MetricNames.TimeToFirstTokenHelp, HistogramBuckets.TokenSeconds);
        _timePerOutputToken = Seconds("gen_ai.server.time_per_output_token", MetricNames.TimePerOutputTokenHelp, HistogramBuckets.TokenSeconds);
        _overhead = Seconds("penstock.overhead", MetricNames.OverheadHelp, HistogramBuckets.OverheadSeconds);
        _tokenUsage = _meter.CreateHistogram("gen_ai.client.token.usage", "{token}", MetricNames.TokenUsageHelp, tags: null,
            new InstrumentAdvice<long> { HistogramBucketBoundaries = Array.ConvertAll(HistogramBuckets.Tokens.UpperBounds, b => (long)b) });
        Queue = new QueueMetrics(_meter);
        _meter.CreateObservableCounter("penstock.requests", ObserveRequests, "{request}", MetricNames.RequestsHelp);
        _meter.CreateObservableCounter("penstock.attempts", ObserveAttempts, "{attempt}", MetricNames.AttemptsHelp);
        _meter.CreateObservableCounter("penstock.dropped_events", () => Observe(DroppedEvents, "penstock.backend"), "{event}", MetricNames.DroppedEventsHelp);
        _meter.CreateObservableCounter("penstock.rescues", () => Observe(Rescues, "outcome"), "{stream}", MetricNames.RescuesHelp);
        _meter.CreateObservableCounter("penstock.retries_denied", () => RetriesDenied, "{attempt}", MetricNames.RetriesDeniedHelp);
        _meter.CreateObservableCounter("penstock.hedges", () => Hedges, "{attempt}", MetricNames.HedgesHelp);
        _meter.CreateObservableCounter("penstock.usage_records_lost", () => Observe(UsageRecordsLost, "reason"), "{record}", MetricNames.UsageRecordsLostHelp);
        _meter.CreateObservableCounter("penstock.usage_records_spooled", () => UsageRecordsSpooled, "{record}", MetricNames.UsageRecordsSpooledHelp);
        _meter.CreateObservableUpDownCounter("penstock.in_flight", () => InFlight, "{request}", MetricNames.InFlightHelp);
        _meter.CreateObservableGauge("penstock.backend.up", () => ObserveBackends<int>(b => b.IsUp ? 1 : 0), null, MetricNames.BackendUpHelp);
        _meter.CreateObservableGauge("penstock.backend.breaker_state", () => ObserveBackends<int>(b => b.Breaker), null, MetricNames.BreakerStateHelp);
        _meter.CreateObservableGauge("penstock.backend.seats", () => ObserveBackends(b => b.Seats), "{request}", MetricNames.BackendSeatsHelp);
        _meter.CreateObservableGauge("penstock.engine.running", () => ObserveBackends(b => b.Running), "{request}", MetricNames.EngineRunningHelp);
        _meter.CreateObservableGauge("penstock.engine.waiting", () => ObserveBackends(b => b.Waiting), "{request}", MetricNames.EngineWaitingHelp);
        _meter.CreateObservableGauge("penstock.engine.cache_usage", () => ObserveBackends(b => b.CacheUsage), "1", MetricNames.EngineCacheUsageHelp);
        _meter.CreateObservableCounter("penstock.log_lines_dropped", logLinesDropped, "{line}", MetricNames.LogLinesDroppedHelp);
    }

    /// <summary>The lines in front of the pools.</summary>
    public QueueMetrics Queue { get; }

    public TimeSpan Uptime => _time.GetElapsedTime(_started);
    public long InFlight => Interlocked.Read(ref _inFlight);
    public long LogLinesDropped => _logLinesDropped();
    public ICollection<CallSeries> Calls => _calls.Values;

    public IEnumerable<(string Backend, string Outcome, long Count)> Attempts =>
        _attempts.Select(a => (a.Key.Backend, a.Key.Outcome, Interlocked.Read(ref a.Value.Value)));

    public IEnumerable<(string Backend, long Count)> BackendsInFlight => Read(_backendInFlight);

    public IEnumerable<(string Backend, long Count)> DroppedEvents => Read(_droppedEvents);

    public IEnumerable<(string Outcome, long Count)> Rescues => Read(_rescues);

    public long RetriesDenied => Interlocked.Read(ref _retriesDenied);

    public long Hedges => Interlocked.Read(ref _hedges);

    public IEnumerable<(string Reason, long Count)> UsageRecordsLost => Read(_usageRecordsLost);

    public long UsageRecordsSpooled => Interlocked.Read(ref _usageRecordsSpooled);

    /// <summary>How the backends are now: those of the configuration in force, each name once.</summary>
    public IEnumerable<BackendReading> Backends => _backends();

    /// <summary>Says who knows how the backends are.</summary>
    public void ShowBackends(Func<IEnumerable<BackendReading>> backends) => _backends = backends;

    public void CallStarted() => Interlocked.Increment(ref _inFlight);

    public void CallEnded() => Interlocked.Decrement(ref _inFlight);

    /// <summary>The gauge of one backend's requests in flight, for whoever counts them.</summary>
    public StrongBox<long> BackendInFlight(string backend) => _backendInFlight.GetOrAdd(backend, static _ => new StrongBox<long>());

    public void CountAttempt(string backend, string outcome) =>
        Interlocked.Increment(ref _attempts.GetOrAdd((backend, outcome), static _ => new StrongBox<long>()).Value);

    /// <summary>Counts events that a stream was passed on without, because they could not be read.</summary>
    public void CountDroppedEvents(string backend, int count) =>
        Interlocked.Add(ref _droppedEvents.GetOrAdd(backend, static _ => new StrongBox<long>()).Value, count);

    /// <summary>Counts a stream that broke off: <c>continued</c>, <c>replayed</c> or <c>failed</c>.</summary>
    public void CountRescue(string outcome) =>
        Interlocked.Increment(ref _rescues.GetOrAdd(outcome, static _ => new StrongBox<long>()).Value);

    /// <summary>Counts an attempt that was not made because the budget for that was spent.</summary>
    public void CountRetryDenied() => Interlocked.Increment(ref _retriesDenied);

    /// <summary>Counts a second backend that was asked besides a silent one.</summary>
    public void CountHedge() => Interlocked.Increment(ref _hedges);

    /// <summary>Counts usage records that will be in no ledger.</summary>
    public void CountLostUsage(string reason, int count) =>
        Interlocked.Add(ref _usageRecordsLost.GetOrAdd(reason, static _ => new StrongBox<long>()).Value, count);

    /// <summary>Counts usage records that the store did not take at once.</summary>
    public void CountSpooledUsage(int count) => Interlocked.Add(ref _usageRecordsSpooled, count);

    /// <summary>Counts a call that has ended.</summary>
    public void Record(in CallLabels labels, in CallMeasure call)
    {
        var series = _calls.GetOrAdd(labels, static l => new CallSeries(l));
        series.Count(call.Status, call.IsFailure);
        series.Duration.Record(Microseconds(call.Duration));
        if (call.TimeToFirstToken is { } first) series.TimeToFirstToken.Record(Microseconds(first));
        if (call.TimePerOutputToken is { } perToken) series.TimePerOutputToken.Record(Microseconds(perToken));
        if (call.Overhead is { } overhead) series.Overhead.Record(Microseconds(overhead));
        if (call.PromptTokens is { } prompt) series.PromptTokens.Record(prompt);
        if (call.CompletionTokens is { } completion) series.CompletionTokens.Record(completion);
        if (_duration.Enabled && labels.IsGenerative) Publish(labels, call);
    }

    public void Dispose() => _meter.Dispose();

    // Without advice an exporter's buckets are made for milliseconds, and all of a second's values fall into the first.
    private Histogram<double> Seconds(string name, string help, HistogramBuckets buckets) => _meter.CreateHistogram(
        name, "s", help, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = buckets.UpperBounds });

    private static long Microseconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;

    private void Publish(in CallLabels labels, in CallMeasure call)
    {
        var tags = new TagList
        {
            { "gen_ai.operation.name", labels.Operation },
            { "gen_ai.provider.name", GatewayTracing.Provider },
        };
        if (labels.Model.Length > 0) tags.Add("gen_ai.request.model", labels.Model);
        if (labels.Backend.Length > 0) tags.Add("penstock.backend", labels.Backend);
        if (call.TimeToFirstToken is { } first) _timeToFirstToken.Record(first.TotalSeconds, tags);
        if (call.TimePerOutputToken is { } perToken) _timePerOutputToken.Record(perToken.TotalSeconds, tags);
        if (call.Overhead is { } overhead) _overhead.Record(overhead.TotalSeconds, tags);

        var duration = tags;
        duration.Add("http.response.status_code", call.Status);
        if (call.IsFailure) duration.Add("error.type", call.Error);
        _duration.Record(call.Duration.TotalSeconds, duration);

        if (call.PromptTokens is { } prompt) PublishTokens(tags, "input", prompt);
        if (call.CompletionTokens is { } completion) PublishTokens(tags, "output", completion);
    }

    private void PublishTokens(TagList tags, string type, long count)
    {
        tags.Add("gen_ai.token.type", type);
        _tokenUsage.Record(count, tags);
    }

    private static IEnumerable<(string, long)> Read(ConcurrentDictionary<string, StrongBox<long>> counts) =>
        counts.Select(count => (count.Key, Interlocked.Read(ref count.Value.Value)));

    private IEnumerable<Measurement<long>> ObserveRequests()
    {
        foreach (var series in Calls)
        {
            foreach (var (status, count) in series.CountsByStatus())
            {
                yield return new Measurement<long>(count,
                    new("http.route", series.Labels.Endpoint), new("gen_ai.request.model", series.Labels.Model),
                    new("penstock.backend", series.Labels.Backend), new("http.response.status_code", status));
            }
        }
    }

    private static IEnumerable<Measurement<long>> Observe(IEnumerable<(string Label, long Count)> counts, string label) =>
        counts.Select(count => new Measurement<long>(count.Count, new KeyValuePair<string, object?>(label, count.Label)));

    private IEnumerable<Measurement<T>> ObserveBackends<T>(Func<BackendReading, T?> value) where T : struct =>
        Backends.Where(b => value(b) is not null).Select(b => new Measurement<T>(value(b)!.Value, new KeyValuePair<string, object?>("penstock.backend", b.Backend)));

    private IEnumerable<Measurement<long>> ObserveAttempts() => Attempts.Select(a => new Measurement<long>(
        a.Count, new("penstock.backend", a.Backend), new KeyValuePair<string, object?>("outcome", a.Outcome)));
}
