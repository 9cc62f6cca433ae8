using Microsoft.Extensions.Logging;
using Penstock.Backends;
using Penstock.Protocol;
using Penstock.Routing;
using Penstock.Telemetry;

namespace Penstock.Forwarding;

/// <summary>Makes one attempt: sends, and reads until it is known whether the answer is one.</summary>
internal sealed partial class AttemptRunner(AnswerReader reader, GatewayMetrics metrics, TimeProvider time, ILogger<AttemptRunner> logger)
{
    /// <summary>Asks a backend. What goes wrong is an answer, too, whose failure says what.</summary>
    /// <param name="call">What is asked.</param>
    /// <param name="pick">Who is asked.</param>
    /// <param name="body">In which words.</param>
    /// <param name="outrun">Fires when another attempt beside this one was faster.</param>
    public ValueTask<Answer> RunAsync(ForwardedCall call, in Pick pick, ForwardedBody body, CancellationToken outrun = default)
    {
        var injection = pick.Backend.State.UsageInjection;
        var askForUsage = body.CanAskForUsage && pick.Backend.Config.InjectUsage && injection != UsageInjection.Unsupported;
        return askForUsage && injection == UsageInjection.Untried
            ? TryUsageAsync(call, pick, body, outrun)
            : AttemptAsync(call, pick, body, askForUsage, outrun);
    }

    // A 400 may be because of the field that we add: asked without it, the server decides on the caller's own request.
    private async ValueTask<Answer> TryUsageAsync(ForwardedCall call, Pick pick, ForwardedBody body, CancellationToken outrun)
    {
        var state = pick.Backend.State;
        var answer = await AttemptAsync(call, pick, body, askForUsage: true, outrun);
        if (answer is EventStreamAnswer) state.UsageInjection = UsageInjection.Supported;
        if (answer is not WholeAnswer { Failure: AttemptFailure.None, Attempt.Response.StatusCode: 400 or 422 } refused) return answer;
        // Where it says what is wrong, and that is something else, it is asked once.
        if (!UpstreamErrorText.MayBeAbout(refused.Body.Memory, "stream_options")) return answer;

        answer = await AttemptAsync(call, await KeepAsync(call, pick, refused), body, askForUsage: false, outrun);
        if (answer is not EventStreamAnswer) return answer;
        state.UsageInjection = UsageInjection.Unsupported;
        Log.NoUsageOption(logger, pick.Backend.Name);
        return answer;
    }

    // Ends an attempt without its seat.
    private static async ValueTask<Pick> KeepAsync(ForwardedCall call, Pick pick, Answer ended)
    {
        Pick? kept = null;
        try
        {
            await using (ended) kept = pick.Pool.Keep(pick, call.PromptFor(pick.Pool));
            return kept.Value;
        }
        catch
        {
            kept?.Dispose();
            throw;
        }
    }

    // Until there is an attempt, nobody else gives the seat back.
    private Attempt Begin(ForwardedCall call, in Pick pick, bool askForUsage, CancellationToken outrun)
    {
        try
        {
            return new Attempt(call, pick, metrics, time, outrun) { AskedForUsage = askForUsage };
        }
        catch
        {
            pick.Dispose();
            throw;
        }
    }

    private async ValueTask<Answer> AttemptAsync(ForwardedCall call, Pick pick, ForwardedBody body, bool askForUsage, CancellationToken outrun)
    {
        var attempt = Begin(call, pick, askForUsage, outrun);
        try
        {
            call.NoteSent(pick.Backend, pick.Pool, attempt.SentAt);
            attempt.Response = await pick.Backend.Implementation.SendAsync(
                RequestFor(call, attempt, body.ContentFor(pick, askForUsage)), attempt.Cancellation);
            return await reader.ReadAsync(call, attempt);
        }
        catch (Exception e) when (attempt.Cancellation.IsCancellationRequested && (e is OperationCanceledException || IsBroken(e)))
        {
            // Cancelling can show as a broken connection.
            return Cancelled(call, attempt);
        }
        catch (BackendException e)
        {
            return Failed(call, attempt, e.IsUnreachable ? AttemptFailure.Connect : AttemptFailure.BrokenBeforeCommit, e.Message,
                e.IsUnreachable ? Errors.UpstreamUnreachable(pick.Backend.Name, e.Message) : Errors.UpstreamBroke(pick.Backend.Name, e.Message));
        }
        catch (Exception e) when (IsBroken(e))
        {
            return Failed(call, attempt, AttemptFailure.BrokenBeforeCommit, e.Message,
                Errors.UpstreamBroke(pick.Backend.Name, "the answer ended before it was complete"));
        }
        catch (Exception e)
        {
            // A bug, of an application's own backend most likely, which others need not have.
            Log.Threw(logger, e, call.Record.RequestId, attempt.Backend.Name);
            return Failed(call, attempt, AttemptFailure.Nonsense, $"it threw {e.GetType().Name}", Errors.Internal());
        }
    }

    /// <summary>What a backend throws, and reading its body, when its connection breaks or its content coding makes no sense.</summary>
    public static bool IsBroken(Exception e) => e is BackendException or IOException or HttpRequestException or InvalidDataException;

    private FailedAnswer Failed(ForwardedCall call, Attempt attempt, AttemptFailure failure, string reason, ApiError error)
    {
        Log.Failed(logger, call.Record.RequestId, attempt.Backend.Name, reason);
        attempt.Failure = failure;
        attempt.Reason = reason;
        return new FailedAnswer(attempt, error);
    }

    private Answer Cancelled(ForwardedCall call, Attempt attempt)
    {
        attempt.Failure = attempt.CancellationCause;
        switch (attempt.Failure)
        {
            case AttemptFailure.CallerGone or AttemptFailure.Outrun:
                return new AbandonedAnswer(attempt);
            case AttemptFailure.ShutDown:
                return new FailedAnswer(attempt, Errors.ShuttingDown());
            default:
                var error = Errors.UpstreamTimeout(attempt.Backend.Name, attempt.Limit);
                return Failed(call, attempt, attempt.Failure, error.Message, error);
        }
    }

    private static BackendRequest RequestFor(ForwardedCall call, Attempt attempt, RequestContent content)
    {
        var headers = call.Headers;
        if (attempt.Span?.Id is { } traceParent)
        {
            headers = [.. headers.Where(h => !IsTraceHeader(h.Key)), new("traceparent", traceParent)];
            if (attempt.Span.TraceStateString is { Length: > 0 } traceState) headers.Add(new("tracestate", traceState));
        }

        return new BackendRequest
        {
            Path = call.Path,
            RequestId = call.Record.RequestId,
            Content = content,
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

        [LoggerMessage(3, LogLevel.Error, "{RequestId}: asking the backend {Backend} threw what no backend should throw")]
        public static partial void Threw(ILogger logger, Exception exception, string requestId, string backend);

        [LoggerMessage(2, LogLevel.Information, "The backend {Backend} does not take stream_options: streams are sent without, and their usage stays unknown")]
        public static partial void NoUsageOption(ILogger logger, string backend);
    }
}
