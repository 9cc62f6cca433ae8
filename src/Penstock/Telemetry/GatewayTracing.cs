using System.Diagnostics;

namespace Penstock.Telemetry;

/// <summary>
/// Spans by OpenTelemetry's HTTP and GenAI conventions: a server span a request, below it a client span an attempt.
/// Without a listener nothing is made, and the caller's trace headers go to the backend as they came.
/// </summary>
internal static class GatewayTracing
{
    private static readonly ActivitySource Source = new(PenstockTelemetry.ActivitySourceName, PenstockTelemetry.Version);

    /// <summary>Begins the span of a request, as a child of the caller's <c>traceparent</c> where it sent one.</summary>
    public static Activity? StartRequest(string method, string endpoint, string requestId, string? traceParent, string? traceState)
    {
        if (!Source.HasListeners()) return null;
        // In an application that traces its own server, its span stands between the caller's and ours.
        if (Activity.Current is not { IsAllDataRequested: true, Source.Name.Length: > 0, Context: var parent })
            ActivityContext.TryParse(traceParent, traceState, isRemote: true, out parent);
        var span = Source.StartActivity($"{method} {endpoint}", ActivityKind.Server, parent);
        span?.SetTag("http.request.method", method);
        span?.SetTag("http.route", endpoint);
        span?.SetTag("penstock.request_id", requestId);
        return span;
    }

    /// <summary>Begins the span of an attempt at a backend.</summary>
    public static Activity? StartAttempt(Activity? request, in CallLabels labels, string? requestedModel, int attempt)
    {
        if (request is null) return null;
        var model = requestedModel ?? labels.Model;
        var span = Source.StartActivity($"{labels.Operation} {model}".TrimEnd(), ActivityKind.Client, request.Context);
        span?.SetTag("gen_ai.operation.name", labels.Operation);
        span?.SetTag("gen_ai.request.model", model);
        span?.SetTag("penstock.backend", labels.Backend);
        span?.SetTag("penstock.attempt", attempt);
        return span;
    }

    /// <summary>Ends the span of an attempt.</summary>
    public static void EndAttempt(Activity? span, int? status, string? error, long? promptTokens, long? completionTokens)
    {
        if (span is null) return;
        if (status is not null) span.SetTag("http.response.status_code", status);
        if (promptTokens is not null) span.SetTag("gen_ai.usage.input_tokens", promptTokens);
        if (completionTokens is not null) span.SetTag("gen_ai.usage.output_tokens", completionTokens);
        Fail(span, error);
        span.Dispose();
    }

    /// <summary>Ends the span of a request.</summary>
    public static void EndRequest(Activity? span, in CallLabels labels, in CallMeasure call)
    {
        if (span is null) return;
        span.SetTag("http.response.status_code", call.Status);
        span.SetTag("gen_ai.operation.name", labels.Operation);
        if (labels.Model.Length > 0) span.SetTag("gen_ai.request.model", labels.Model);
        if (labels.Backend.Length > 0) span.SetTag("penstock.backend", labels.Backend);
        if (call.PromptTokens is { } prompt) span.SetTag("gen_ai.usage.input_tokens", prompt);
        if (call.CompletionTokens is { } completion) span.SetTag("gen_ai.usage.output_tokens", completion);
        Fail(span, call.Error);
        span.Dispose();
    }

    private static void Fail(Activity span, string? error)
    {
        if (error is null) return;
        span.SetTag("error.type", error);
        span.SetStatus(ActivityStatusCode.Error);
    }
}
