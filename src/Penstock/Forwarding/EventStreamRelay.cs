using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Penstock.Protocol;

namespace Penstock.Forwarding;

/// <summary>
/// Relays a stream of events: each is on its way as soon as it is whole, and nothing is read while the caller does not
/// take what was sent. A stream that ends without having said everything ends in an error event and without <c>[DONE]</c>.
/// </summary>
internal sealed partial class EventStreamRelay(TimeProvider time, ILogger<EventStreamRelay> logger)
{
    // After [DONE] only the end of the body can follow; a server that keeps it open does not get to keep the connection.
    private static readonly TimeSpan TimeToEnd = TimeSpan.FromSeconds(1);

    public async ValueTask RelayAsync(HttpResponse response, ForwardedCall call, EventStreamAnswer answer)
    {
        var attempt = answer.Attempt;
        ResponseHead.Write(response, attempt);
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no";
        call.Record.Status = response.StatusCode;

        var chunks = new ChunkRelay(call, attempt, response.BodyWriter, time);
        try
        {
            switch (await CopyAsync(response, call, answer, chunks))
            {
                case StreamEnding.CallerGone:
                    Leave(call, attempt);
                    break;
                case StreamEnding.UpstreamError:
                    // It has been passed on, and ends the stream as our own error events do: without [DONE].
                    attempt.Failure = AttemptFailure.BrokenAfterCommit;
                    call.Record.Error = "upstream_error";
                    break;
                case StreamEnding.Nonsense:
                    Fail(call, attempt, chunks, Errors.UpstreamProtocol(attempt.Backend.Name, "an event that is no JSON object"));
                    break;
                case StreamEnding.EndOfBody when chunks.NeedsNothing:
                    chunks.Finish();
                    break;
                case StreamEnding.EndOfBody:
                    Fail(call, attempt, chunks, Errors.UpstreamBroke(attempt.Backend.Name, "the stream ended before the answer was finished"));
                    break;
            }
        }
        catch (Exception e) when (e is OperationCanceledException || AttemptLoop.IsBroken(e))
        {
            Break(call, attempt, chunks, e);
        }
    }

    private async ValueTask<StreamEnding> CopyAsync(HttpResponse response, ForwardedCall call, EventStreamAnswer answer, ChunkRelay chunks)
    {
        var events = answer.Events;
        if (answer.First is { } first) chunks.Take(events.Buffer, first, IsTerminated(events, first));
        while (true)
        {
            while (!chunks.IsOver && events.TryRead(out var found))
                chunks.Take(events.Buffer, found, isTerminated: true);

            if (chunks.HasUnsent)
            {
                var flushed = await chunks.FlushAsync();
                if (call.Record.RelayedAt == 0) call.Record.RelayedAt = time.GetTimestamp();
                if (flushed.IsCompleted || call.CallerGone.IsCancellationRequested) return StreamEnding.CallerGone;
            }

            if (chunks.HasError) return StreamEnding.UpstreamError;
            if (chunks.HasNonsense) return StreamEnding.Nonsense;
            if (chunks.IsDone)
            {
                await EndAsync(response, answer);
                return StreamEnding.Done;
            }

            var count = await events.ReadAsync(answer.Attempt.Cancellation);
            if (count == 0)
            {
                if (events.TryReadLast(out var last)) chunks.Take(events.Buffer, last, isTerminated: false);
                return chunks.IsDone ? StreamEnding.Done : chunks.HasError ? StreamEnding.UpstreamError : StreamEnding.EndOfBody;
            }

            events.Filled(count);
            if (events.IsOverlong) throw new InvalidDataException("An event is too long.");
        }
    }

    // At the end of the body a first event may be one that no blank line ends. One line end there is its last line's.
    private static bool IsTerminated(EventReader events, in SseEvent found)
    {
        var raw = found.Raw.Of(events.Buffer);
        var last = raw.EndsWith("\r\n"u8) ? raw[..^2] : raw.Length > 0 && raw[^1] is (byte)'\n' or (byte)'\r' ? raw[..^1] : default;
        return last.Length > 0 && last[^1] is (byte)'\n' or (byte)'\r';
    }

    // Reads to the end of the body, so that the connection can be used again. Nearly always it is there already.
    private static async ValueTask EndAsync(HttpResponse response, EventStreamAnswer answer)
    {
        var end = answer.Events.ReadAsync(answer.Attempt.Cancellation);
        if (!end.IsCompleted)
        {
            // The caller need not wait for that.
            await response.CompleteAsync();
            answer.Attempt.SetDeadline(TimeToEnd);
        }

        try
        {
            await end;
        }
        catch (Exception e) when (e is OperationCanceledException || AttemptLoop.IsBroken(e))
        {
            // The answer is complete; only the connection is lost.
        }
    }

    private void Break(ForwardedCall call, Attempt attempt, ChunkRelay chunks, Exception e)
    {
        var cause = attempt.Cancellation.IsCancellationRequested ? attempt.CancellationCause : AttemptFailure.BrokenAfterCommit;
        switch (cause)
        {
            case AttemptFailure.CallerGone:
                Leave(call, attempt);
                break;
            case AttemptFailure.ShutDown:
                Fail(call, attempt, chunks, Errors.ShuttingDown());
                attempt.Failure = cause;
                break;
            case var _ when chunks.IsFinished:
                chunks.Finish();
                break;
            default:
                Fail(call, attempt, chunks, Errors.UpstreamBroke(attempt.Backend.Name, e is InvalidDataException
                    ? "it sent something that cannot be read" : "the connection was lost in the middle of the stream"));
                break;
        }
    }

    private static void Leave(ForwardedCall call, Attempt attempt)
    {
        attempt.Failure = AttemptFailure.CallerGone;
        call.Record.Abandon();
    }

    private void Fail(ForwardedCall call, Attempt attempt, ChunkRelay chunks, ApiError error)
    {
        attempt.Failure = AttemptFailure.BrokenAfterCommit;
        call.Record.Error = error.Code;
        Log.Broken(logger, call.Record.RequestId, error.Message);
        chunks.Fail(error);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{RequestId}: {Reason}")]
        public static partial void Broken(ILogger logger, string requestId, string reason);
    }
}
