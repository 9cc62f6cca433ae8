using Penstock.Accounting.Ledger;
using Penstock.Configuration;
using Penstock.Telemetry;

namespace Penstock.Accounting;

/// <summary>The one place where a request ends, however it ended: its metrics, its span, its usage, its line in the log.</summary>
internal sealed class Settlement(GatewayMetrics metrics, AccessLog accessLog, UsageLedger ledger, TimeProvider time)
{
    /// <summary>Settles a request.</summary>
    /// <param name="call">What is known of it.</param>
    /// <param name="isMeasured">False for health checks and the like, which are logged but would only blur the metrics.</param>
    public void Settle(CallRecord call, bool isMeasured)
    {
        var now = time.GetTimestamp();
        var labels = new CallLabels(call.Endpoint, call.Model, call.Backend);
        var measure = Measure(call, now);
        if (isMeasured) metrics.Record(labels, measure);
        GatewayTracing.EndRequest(call.Span, labels, call.RequestedModel, measure);
        // Who has no key uses nothing, and could fill the store with it.
        if (isMeasured && ledger.IsKept && labels.IsGenerative && call.Caller.Length > 0) ledger.Record(UsageOf(call, measure, time.GetUtcNow()));
        if (!accessLog.IsEnabled) return;
        accessLog.Write(new AccessLogEntry
        {
            RequestId = call.RequestId,
            Method = call.Method,
            Path = call.Path,
            Caller = call.Caller == KeyRules.Anonymous ? null : call.Caller,
            Labels = call.Labels,
            Model = call.RequestedModel ?? call.Model,
            Backend = call.Backend,
            Status = call.Status,
            Attempts = call.Attempts,
            FailedAttempts = call.FailedAttempts,
            Latency = measure.Duration,
            TimeToFirstToken = measure.TimeToFirstToken,
            QueueTime = call.QueueTime,
            PromptTokens = measure.PromptTokens,
            CompletionTokens = measure.CompletionTokens,
            BytesIn = call.BytesIn,
            BytesOut = call.BytesOut,
            Error = call.Error,
        });
    }

    private static UsageRecord UsageOf(CallRecord call, in CallMeasure measure, DateTimeOffset ended) => new()
    {
        Id = Guid.CreateVersion7(ended),
        Time = ended - measure.Duration,
        RequestId = call.RequestId,
        Caller = call.Caller,
        Labels = call.Labels,
        Endpoint = call.Endpoint,
        ModelAsked = call.RequestedModel ?? "",
        Model = call.ModelAnswered.Length > 0 ? call.ModelAnswered : call.Model,
        Backend = call.Backend,
        Attempts = call.Attempts,
        Status = call.Status,
        Error = call.Error,
        PromptTokens = call.Used.PromptTokens,
        CachedTokens = call.Used.CachedTokens ?? 0,
        CompletionTokens = call.Used.CompletionTokens,
        ReasoningTokens = call.Used.ReasoningTokens,
        CostPico = call.CostPico,
        Latency = measure.Duration,
        TimeToFirstToken = measure.TimeToFirstToken,
        IsStreamed = call.IsStreamed,
        IsEstimated = call.Usage is null && call.Used != default,
    };

    private CallMeasure Measure(CallRecord call, long now)
    {
        var tokens = call.Usage?.CompletionTokens ?? (call is { Error: not null, ContentEvents: > 0 } ? call.ContentEvents : null);
        return new CallMeasure
        {
            Status = call.Status,
            Error = call.Error,
            IsFailure = call.Error is not null and not CallRecord.CallerGone,
            Duration = time.GetElapsedTime(call.ArrivedAt, now),
            TimeToFirstToken = Between(call.ArrivedAt, call.FirstTokenAt),
            TimePerOutputToken = tokens > 1 && Between(call.FirstTokenAt, call.LastTokenAt) is { } generation ? generation / (tokens.Value - 1) : null,
            Overhead = Between(call.ArrivedAt, call.SentAt) is { } before && Between(call.AnsweredAt, call.RelayedAt) is { } after
                ? before - call.BodyTime - call.QueueTime + after : null,
            QueueTime = call.QueueTime,
            PromptTokens = call.Usage?.PromptTokens,
            CompletionTokens = tokens,
        };
    }

    private TimeSpan? Between(long from, long to) => from == 0 || to == 0 ? null : time.GetElapsedTime(from, to);
}
