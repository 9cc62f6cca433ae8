using System.Diagnostics;
using System.Globalization;

namespace Penstock.Telemetry;

/// <summary>
/// Spans by OpenTelemetry's HTTP and GenAI conventions: a server span a request, below it a client span an attempt.
/// Without a listener nothing is made, and the caller's trace headers go to the backend as they came.
/// </summary>
internal static class GatewayTracing
{
    /// <summary>
    /// What the conventions call the provider: the flavour of the API, which is OpenAI's whoever answers. Who that is,
    /// <c>server.address</c> and <c>penstock.backend</c> say.
    /// </summary>
    public const string Provider = "openai";

    private static readonly ActivitySource Source = new(PenstockTelemetry.ActivitySourceName, PenstockTelemetry.Version);

    /// <summary>Begins the span of a request, as a child of the caller's <c>traceparent</c> where it sent one.</summary>
    public static Activity? StartRequest(
        string method, string endpoint, string scheme, string path, string requestId, string? traceParent, string? traceState)
    {
        if (!Source.HasListeners()) return null;
        // In an application that traces its own server, its span stands between the caller's and ours.
        if (Activity.Current is not { IsAllDataRequested: true, Source.Name.Length: > 0, Context: var parent })
            ActivityContext.TryParse(traceParent, traceState, isRemote: true, out parent);
        var span = Source.StartActivity($"{method} {endpoint}", ActivityKind.Server, parent);
        span?.SetTag("http.request.method", method);
        span?.SetTag("http.route", endpoint);
        span?.SetTag("url.scheme", scheme);
        span?.SetTag("url.path", path);
        span?.SetTag("penstock.request_id", requestId);
        return span;
    }

    /// <summary>Begins the span of an attempt at a backend.</summary>
    /// <param name="request">The request's span; null while nobody traces.</param>
    /// <param name="operation">What the request asks for, as the conventions call it.</param>
    /// <param name="model">The model that the backend is asked for; null or empty where none is named.</param>
    /// <param name="backend">The backend's name.</param>
    /// <param name="server">Its address; null for kinds without one.</param>
    /// <param name="attempt">From 1.</param>
    public static Activity? StartAttempt(Activity? request, string operation, string? model, string backend, Uri? server, int attempt)
    {
        if (request is null) return null;
        var span = Source.StartActivity($"{operation} {model}".TrimEnd(), ActivityKind.Client, request.Context);
        if (span is null) return null;
        SetModel(span, operation, model);
        span.SetTag("penstock.backend", backend);
        span.SetTag("penstock.attempt", attempt);
        if (server is null) return span;
        span.SetTag("server.address", server.Host);
        span.SetTag("server.port", server.Port);
        return span;
    }

    /// <summary>Ends the span of an attempt.</summary>
    public static void EndAttempt(Activity? span, int? status, string? error, long? promptTokens, long? completionTokens)
    {
        if (span is null) return;
        SetOutcome(span, status, promptTokens, completionTokens);
        // To a client, a refusal is an error as well.
        if (error is null && status >= 400) error = status.Value.ToString(CultureInfo.InvariantCulture);
        Fail(span, error);
        span.Dispose();
    }

    /// <summary>Ends the span of a request.</summary>
    public static void EndRequest(Activity? span, in CallLabels labels, string? model, in CallMeasure call)
    {
        if (span is null) return;
        SetModel(span, labels.Operation, model);
        SetOutcome(span, call.Status, call.PromptTokens, call.CompletionTokens);
        if (labels.Backend.Length > 0) span.SetTag("penstock.backend", labels.Backend);
        if (call.QueueTime > TimeSpan.Zero) span.SetTag("penstock.queue_ms", call.QueueTime.TotalMilliseconds);
        // To a server, what the caller did wrong is no error of its own: nor that it left.
        if (call.IsFailure && call.Status is < 400 or >= 500) Fail(span, call.Error);
        span.Dispose();
    }

    private static void SetModel(Activity span, string operation, string? model)
    {
        span.SetTag("gen_ai.provider.name", Provider);
        span.SetTag("gen_ai.operation.name", operation);
        if (!string.IsNullOrEmpty(model)) span.SetTag("gen_ai.request.model", model);
    }

    private static void SetOutcome(Activity span, int? status, long? promptTokens, long? completionTokens)
    {
        if (status is not null) span.SetTag("http.response.status_code", status);
        if (promptTokens is not null) span.SetTag("gen_ai.usage.input_tokens", promptTokens);
        if (completionTokens is not null) span.SetTag("gen_ai.usage.output_tokens", completionTokens);
    }

    private static void Fail(Activity span, string? error)
    {
        if (error is null) return;
        span.SetTag("error.type", error);
        span.SetStatus(ActivityStatusCode.Error);
    }
}
