using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Penstock.Backends;
using Penstock.Protocol;
using Penstock.Telemetry;

namespace Penstock.Forwarding;

/// <summary>
/// Gets an answer: picks a backend, sends, and reads until it is known whether the answer is one. Up to there nothing
/// has gone to the caller, so that another attempt can be made instead.
/// </summary>
internal sealed partial class AttemptLoop(AnswerReader reader, GatewayMetrics metrics, TimeProvider time, ILogger<AttemptLoop> logger)
{
    public async ValueTask<Answer> RunAsync(ForwardedCall call)
    {
        if (!call.Pool.TryPick(null, out var backend, out var lease)) throw new InvalidOperationException("Nobody can be picked.");
        lease.Dispose();
        call.Record.Backend = backend.Name;
        var askForUsage = call.Body.CanAskForUsage && backend.Config.InjectUsage
            && backend.State.UsageInjection != UsageInjection.Unsupported;
        var answer = await AttemptAsync(call, backend, askForUsage, number: 1);
        if (!askForUsage || answer.Attempt.Backend.State.UsageInjection == UsageInjection.Supported) return answer;

        if (answer is EventStreamAnswer) backend.State.UsageInjection = UsageInjection.Supported;
        else if (answer is WholeAnswer { Attempt.Response.StatusCode: 400 }) return await WithoutUsageAsync(call, backend, answer);
        return answer;
    }

    // The 400 may be because of the field that we added: asked without it, the server decides on the caller's own request.
    private async ValueTask<Answer> WithoutUsageAsync(ForwardedCall call, Backend backend, Answer refused)
    {
        await refused.DisposeAsync();
        var answer = await AttemptAsync(call, backend, askForUsage: false, number: 2);
        if (answer is EventStreamAnswer)
        {
            backend.State.UsageInjection = UsageInjection.Unsupported;
            Log.NoUsageOption(logger, backend.Name);
        }

        return answer;
    }

    private async ValueTask<Answer> AttemptAsync(ForwardedCall call, Backend backend, bool askForUsage, int number)
    {
        var attempt = new Attempt(call, backend, number, metrics, time) { AskedForUsage = askForUsage };
        try
        {
            call.Record.SentAt = time.GetTimestamp();
            attempt.Response = await backend.Implementation.SendAsync(
                RequestFor(call, backend, askForUsage, attempt.Span), attempt.Cancellation);
            return await reader.ReadAsync(call, attempt);
        }
        catch (OperationCanceledException) when (attempt.Cancellation.IsCancellationRequested)
        {
            return Cancelled(attempt);
        }
        catch (BackendException) when (attempt.Cancellation.IsCancellationRequested)
        {
            // Cancelling can show as a broken connection.
            return Cancelled(attempt);
        }
        catch (BackendException e)
        {
            Log.Failed(logger, call.Record.RequestId, backend.Name, e.Message);
            attempt.Failure = e.IsUnreachable ? AttemptFailure.Connect : AttemptFailure.BrokenBeforeCommit;
            return new FailedAnswer(attempt, e.IsUnreachable
                ? Errors.UpstreamUnreachable(backend.Name, e.Message) : Errors.UpstreamBroke(backend.Name, e.Message));
        }
        catch (Exception e) when (IsBroken(e))
        {
            if (attempt.Cancellation.IsCancellationRequested) return Cancelled(attempt);
            Log.Failed(logger, call.Record.RequestId, backend.Name, e.Message);
            attempt.Failure = AttemptFailure.BrokenBeforeCommit;
            return new FailedAnswer(attempt, Errors.UpstreamBroke(backend.Name, "the answer ended before it was complete"));
        }
        catch
        {
            attempt.Failure = AttemptFailure.BrokenBeforeCommit;
            await attempt.DisposeAsync();
            throw;
        }
    }

    /// <summary>What reading a body throws when its connection breaks, or when its content coding makes no sense.</summary>
    public static bool IsBroken(Exception e) => e is IOException or HttpRequestException or InvalidDataException;

    /// <summary>What the caller gets when an attempt was cancelled.</summary>
    private static Answer Cancelled(Attempt attempt)
    {
        attempt.Failure = attempt.CancellationCause;
        return attempt.Failure switch
        {
            AttemptFailure.CallerGone => new AbandonedAnswer(attempt),
            AttemptFailure.ShutDown => new FailedAnswer(attempt, Errors.ShuttingDown()),
            _ => new FailedAnswer(attempt, Errors.UpstreamTimeout(attempt.Backend.Name, attempt.Backend.Config.Timeout)),
        };
    }

    private static BackendRequest RequestFor(ForwardedCall call, Backend backend, bool askForUsage, Activity? span)
    {
        var headers = call.Headers;
        if (span?.Id is { } traceParent)
        {
            headers = [.. headers.Where(h => !IsTraceHeader(h.Key)), new("traceparent", traceParent)];
            if (span.TraceStateString is { Length: > 0 } traceState) headers.Add(new("tracestate", traceState));
        }

        return new BackendRequest
        {
            Path = call.Path,
            RequestId = call.Record.RequestId,
            Content = call.Body.ContentFor(backend, askForUsage),
            Headers = headers,
            Authorization = call.Authorization,
        };
    }

    private static bool IsTraceHeader(string name) =>
        name.Equals("traceparent", StringComparison.OrdinalIgnoreCase) || name.Equals("tracestate", StringComparison.OrdinalIgnoreCase);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{RequestId}: the backend {Backend} failed: {Reason}")]
        public static partial void Failed(ILogger logger, string requestId, string backend, string reason);

        [LoggerMessage(2, LogLevel.Information, "The backend {Backend} does not take stream_options: streams are sent without, and their usage stays unknown")]
        public static partial void NoUsageOption(ILogger logger, string backend);
    }
}
