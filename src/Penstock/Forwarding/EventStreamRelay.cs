using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Penstock.Telemetry;

namespace Penstock.Forwarding;

/// <summary>
/// Relays a stream of events: each is on its way as soon as it is whole, and nothing is read while the caller does not
/// take what was sent. A stream that ends without having said everything is rescued, or ends in an error event and
/// without <c>[DONE]</c>.
/// </summary>
internal sealed partial class EventStreamRelay(
    StreamRescue rescue, GatewayMetrics metrics, TimeProvider time, ILogger<EventStreamRelay> logger)
{
    // After [DONE] only the end of the body can follow; a server that keeps it open does not get to keep the connection.
    private static readonly TimeSpan TimeToEnd = TimeSpan.FromSeconds(1);

    // After the last finish_reason only the usage and [DONE] can follow, and they follow at once or not at all.
    private static readonly TimeSpan TimeToFinish = TimeSpan.FromSeconds(0.5);

    public async ValueTask RelayAsync(HttpResponse response, ForwardedCall call, EventStreamAnswer answer, Keepalive? keepalive)
    {
        ResponseHead.WriteStream(response, call, answer.Attempt);
        call.Record.Status = response.StatusCode;
        using var progress = new StreamProgress(call, time);
        var chunks = new ChunkRelay(call, progress, response.BodyWriter);
        chunks.Begin(answer.Attempt, rewriter: null);
        var ending = await CopyAsync(response, call, answer, progress, chunks);
        if (NeedsRescue(ending, call, progress))
            (answer, ending) = await RescueAsync(response, call, answer, ending, progress, chunks, keepalive);
        // It may have left while somebody was looked for.
        if (!StreamEndings.IsWhole(ending, progress) && call.CallerGone.IsCancellationRequested) ending = StreamEnding.CallerGone;
        End(call, answer.Attempt, ending, progress, chunks);
        // Usually it is the first one's, which its owner disposes, too.
        await answer.DisposeAsync();
    }

    // Each round is another server's. It ends when the answer is whole, or when nobody is left to ask.
    private async ValueTask<(EventStreamAnswer, StreamEnding)> RescueAsync(
        HttpResponse response, ForwardedCall call, EventStreamAnswer answer, StreamEnding ending,
        StreamProgress progress, ChunkRelay chunks, Keepalive? keepalive)
    {
        var round = new RescueRound(call);
        do
        {
            Judge(answer.Attempt, ending);
            await answer.DisposeAsync();
            keepalive?.Start();
            var next = await rescue.FindAsync(round, progress, answer.Attempt);
            if (keepalive is not null) await keepalive.StopAsync();
            if (next is not { } found)
            {
                metrics.CountRescue("failed");
                break;
            }

            answer = found.Answer;
            chunks.Begin(answer.Attempt, found.Rewriter);
            call.NoteSent(answer.Attempt.Backend, answer.Attempt.Pool, answer.Attempt.SentAt);
            ending = await CopyAsync(response, call, answer, progress, chunks);
            if (StreamEndings.IsWhole(ending, progress)) metrics.CountRescue(found.IsReplay ? "replayed" : "continued");
        }
        while (NeedsRescue(ending, call, progress));

        return (answer, ending);
    }

    private static bool NeedsRescue(StreamEnding ending, ForwardedCall call, StreamProgress progress) =>
        !StreamEndings.IsWhole(ending, progress) && progress.Text is { IsKnown: true } && !call.CallerGone.IsCancellationRequested
        && ending is not (StreamEnding.CallerGone or StreamEnding.ShutDown);

    private async ValueTask<StreamEnding> CopyAsync(
        HttpResponse response, ForwardedCall call, EventStreamAnswer answer, StreamProgress progress, ChunkRelay chunks)
    {
        var droppedBefore = chunks.Dropped;
        try
        {
            return await CopyEventsAsync(response, call, answer, progress, chunks);
        }
        catch (Exception e) when (e is OperationCanceledException || AttemptRunner.IsBroken(e))
        {
            if (!answer.Attempt.Cancellation.IsCancellationRequested)
                return e is InvalidDataException ? StreamEnding.Unreadable : StreamEnding.Broken;
            return answer.Attempt.CancellationCause switch
            {
                AttemptFailure.CallerGone => StreamEnding.CallerGone,
                AttemptFailure.ShutDown => StreamEnding.ShutDown,
                _ => StreamEnding.Stalled,
            };
        }
        catch
        {
            // A bug: the caller's connection is reset. This attempt may be one that only this relay knows.
            answer.Attempt.Failure = AttemptFailure.BrokenAfterCommit;
            await answer.DisposeAsync();
            throw;
        }
        finally
        {
            if (chunks.Dropped > droppedBefore) ReportDropped(call, answer.Attempt, chunks.Dropped - droppedBefore);
        }
    }

    private async ValueTask<StreamEnding> CopyEventsAsync(
        HttpResponse response, ForwardedCall call, EventStreamAnswer answer, StreamProgress progress, ChunkRelay chunks)
    {
        var (events, attempt) = (answer.Events, answer.Attempt);
        while (true)
        {
            while (!chunks.IsOver && events.TryRead(out var found))
                chunks.Take(events.Buffer, found, isTerminated: true);

            if (chunks.HasUnsent)
            {
                var flushed = await chunks.FlushAsync();
                if (call.Record.RelayedAt == 0) call.Record.RelayedAt = time.GetTimestamp();
                if (flushed.IsCompleted || call.CallerGone.IsCancellationRequested)
                {
                    if (!call.OutlivesCaller) return StreamEnding.CallerGone;
                    chunks.IsMuted = true;
                }
            }

            if (chunks.IsDifferent) return StreamEnding.Different;
            if (progress.HasError) return StreamEnding.UpstreamError;
            if (progress.IsDone)
            {
                await EndAsync(response, answer);
                return StreamEnding.Done;
            }

            if (progress.IsChunked && progress.IsFinished) attempt.SetDeadline(TimeToFinish);
            else attempt.AwaitMore();
            var count = await events.ReadAsync(attempt.Cancellation);
            attempt.GotMore();
            if (count == 0)
            {
                if (events.TryReadLast(out var last)) chunks.Take(events.Buffer, last, isTerminated: false);
                return chunks.IsDifferent ? StreamEnding.Different
                    : progress.HasError ? StreamEnding.UpstreamError
                    : progress.IsDone ? StreamEnding.Done
                    : StreamEnding.EndOfBody;
            }

            events.Filled(count);
            if (events.IsOverlong) throw new InvalidDataException("An event is too long.");
        }
    }

    // Reads to the end of the body, so that the connection can be used again. Nearly always it is there already.
    private static async ValueTask EndAsync(HttpResponse response, EventStreamAnswer answer)
    {
        answer.Attempt.SetDeadline(TimeToEnd);
        var end = answer.Events.ReadAsync(answer.Attempt.Cancellation);
        // The caller need not wait for that.
        if (!end.IsCompleted) await response.CompleteAsync();
        try
        {
            await end;
        }
        catch (Exception e) when (e is OperationCanceledException || AttemptRunner.IsBroken(e))
        {
            // The answer is complete; only the connection is lost.
        }
    }

    private void End(ForwardedCall call, Attempt attempt, StreamEnding ending, StreamProgress progress, ChunkRelay chunks)
    {
        if (chunks.IsMuted || ending == StreamEnding.CallerGone)
        {
            attempt.Failure = ending is StreamEnding.Done ? AttemptFailure.None : AttemptFailure.CallerGone;
            call.Record.Abandon();
        }
        else if (StreamEndings.IsWhole(ending, progress))
        {
            chunks.Finish();
        }
        else
        {
            Judge(attempt, ending);
            var error = StreamEndings.ErrorOf(ending, attempt);
            call.Record.Error = error.Code;
            Log.Broken(logger, call.Record.RequestId, error.Message);
            // What other routes call an error has been passed on as it came.
            if (ending != StreamEnding.UpstreamError || progress.IsChunked) chunks.Fail(error);
        }
    }

    private static void Judge(Attempt attempt, StreamEnding ending)
    {
        attempt.Failure = StreamEndings.FailureOf(ending);
        attempt.Reason = StreamEndings.ErrorOf(ending, attempt).Message;
    }

    private void ReportDropped(ForwardedCall call, Attempt attempt, int count)
    {
        metrics.CountDroppedEvents(attempt.Backend.Name, count);
        Log.Dropped(logger, call.Record.RequestId, count, attempt.Backend.Name);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{RequestId}: {Reason}")]
        public static partial void Broken(ILogger logger, string requestId, string reason);

        [LoggerMessage(2, LogLevel.Warning, "{RequestId}: left out {Count} events of the backend {Backend} that were no JSON")]
        public static partial void Dropped(ILogger logger, string requestId, int count, string backend);
    }
}
