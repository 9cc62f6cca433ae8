using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Penstock.Accounting;
using Penstock.Protocol;

namespace Penstock.Forwarding;

/// <summary>Brings an answer to the caller. With it the answer is committed: what happens from here on cannot be taken back.</summary>
internal sealed class ResponseRelay(EventStreamRelay streams, TimeProvider time)
{
    // What is written at once before the caller's connection is asked whether it keeps up.
    private const int PieceSize = 64 * 1024;

    /// <param name="response">Where to.</param>
    /// <param name="call">What was asked.</param>
    /// <param name="answer">What is to be said.</param>
    /// <param name="keepalive">What may have been said in the meantime; it is stopped. Null: nothing.</param>
    /// <returns>The error that the caller should get instead; null where it has got something.</returns>
    public async ValueTask<ApiError?> RelayAsync(HttpResponse response, ForwardedCall call, Answer answer, Keepalive? keepalive)
    {
        if (keepalive is not null) await keepalive.StopAsync();
        if (answer is BackendAnswer { Attempt: var attempt })
        {
            // The last one that was sent need not be the one that answers.
            call.NoteSent(attempt.Backend, attempt.Pool, attempt.SentAt);
            call.Record.AnsweredAt = attempt.AnsweredAt;
        }

        switch (answer)
        {
            case FailedAnswer failed when response.HasStarted:
                await FailLateAsync(response, call, failed.Error);
                return null;
            case FailedAnswer failed:
                ResponseHead.WriteOrigin(response, call, failed.LastAttempt);
                return failed.Error;
            case EventStreamAnswer stream:
                await streams.RelayAsync(response, call, stream, keepalive);
                return null;
            case WholeAnswer { Attempt.Response.StatusCode: < 400 } whole when response.HasStarted:
                await FailLateAsync(response, call, Errors.UpstreamProtocol(whole.Attempt.Backend.Name, "a whole body, although a stream was asked for"));
                return null;
            case WholeAnswer whole when response.HasStarted:
                await RefuseLateAsync(response, call, whole);
                return null;
            case WholeAnswer whole:
                await RelayWholeAsync(response, call, whole);
                return null;
            case OpaqueAnswer opaque when response.HasStarted:
                await FailLateAsync(response, call, Errors.UpstreamProtocol(opaque.Attempt.Backend.Name, "a body that is no stream"));
                return null;
            case OpaqueAnswer opaque:
                await RelayOpaqueAsync(response, call, opaque);
                return null;
            default:
                call.Record.Abandon();
                return null;
        }
    }

    // A sign of life has committed the status: what went wrong can only be said as an event.
    private static async ValueTask FailLateAsync(HttpResponse response, ForwardedCall call, ApiError error)
    {
        call.Record.Error = error.Code;
        await WriteEventAsync(response, call, error.ToJson());
    }

    private static async ValueTask RefuseLateAsync(HttpResponse response, ForwardedCall call, WholeAnswer answer)
    {
        call.Record.Error = UpstreamError(answer);
        var status = answer.Attempt.Response.StatusCode;
        await WriteEventAsync(response, call, AnswerScanner.TryScan(answer.Body.Span, out _) ? answer.Body.Memory
            : Errors.UpstreamFailed(
                answer.Attempt.Backend.Name, status, answer.Attempt.Backend.Secrets.Mask(UpstreamErrorText.Find(answer.Body.Memory))).ToJson());
    }

    private static async ValueTask WriteEventAsync(HttpResponse response, ForwardedCall call, ReadOnlyMemory<byte> data)
    {
        var text = new ArrayBufferWriter<byte>(data.Length + 16);
        SseData.Rewrite([], data.Span, text);
        var flushed = await response.BodyWriter.WriteAsync(text.WrittenMemory, CancellationToken.None);
        call.Record.BytesOut += text.WrittenCount;
        if (flushed.IsCompleted) call.Record.Abandon();
    }

    private static string UpstreamError(WholeAnswer answer) => FormattableString.Invariant($"upstream_{answer.Attempt.Response.StatusCode}");

    private async ValueTask RelayWholeAsync(HttpResponse response, ForwardedCall call, WholeAnswer answer)
    {
        var splice = new Splice();
        if (answer.Facts is { } facts && call.OwnsFields)
            splice = new AnswerEdits(call.Record.RequestId, answer.Attempt.Backend.NameToken).For(facts);

        ResponseHead.Write(response, call, answer.Attempt);
        if (answer.Facts?.Usage is { } usage) call.Record.Usage = usage;
        if (answer.Facts is { } said && call.Shape.IsChunked()) call.Conversation?.Answer(answer.Body.Span, said);
        answer.Attempt.Timings = answer.Facts?.Timings;
        if (answer.Attempt.Response.StatusCode >= 400) call.Record.Error = UpstreamError(answer);
        response.ContentType = answer.Facts is null ? answer.Attempt.Response.ContentType : JsonTypeOf(answer.Attempt.Response.ContentType);
        var length = answer.Body.Length + splice.Growth;
        response.ContentLength = length;
        call.Record.Status = response.StatusCode;
        call.Record.BytesOut = length;

        // The server has said all, and others wait for its seat: how long the caller takes to read it is not its affair.
        await answer.Attempt.DisposeAsync();
        var isWritten = await WriteAsync(response.BodyWriter, answer.Body.Memory, splice, length, call.CallerGone);
        call.Record.RelayedAt = time.GetTimestamp();
        if (!isWritten) call.Record.Abandon();
    }

    private static async ValueTask<bool> WriteAsync(
        PipeWriter writer, ReadOnlyMemory<byte> source, Splice splice, int length, CancellationToken callerGone)
    {
        if (length <= PieceSize)
        {
            // One piece, sent with the headers when the request ends.
            splice.CopyTo(source.Span, writer.GetSpan(length));
            writer.Advance(length);
            return !callerGone.IsCancellationRequested;
        }

        await using var stream = writer.AsStream(leaveOpen: true);
        try
        {
            await splice.WriteToAsync(source, stream, callerGone);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    // What parsed as JSON is called JSON, whatever the server called it.
    private static string JsonTypeOf(string? contentType) =>
        contentType is not null && contentType.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) ? contentType : "application/json";

    private async ValueTask RelayOpaqueAsync(HttpResponse response, ForwardedCall call, OpaqueAnswer answer)
    {
        ResponseHead.Write(response, call, answer.Attempt);
        response.ContentType = answer.Attempt.Response.ContentType;
        call.Record.Status = response.StatusCode;
        // Nothing at all, as after a 204, where even writing nothing would be an error.
        if (answer.Head.Length == 0) return;
        response.ContentLength = answer.Attempt.Response.ContentLength;
        try
        {
            var writer = response.BodyWriter;
            await writer.WriteAsync(answer.Head.Memory, call.CallerGone);
            call.Record.RelayedAt = time.GetTimestamp();
            call.Record.BytesOut = answer.Head.Length;
            while (true)
            {
                answer.Attempt.AwaitMore();
                var count = await answer.Attempt.Response.Body.ReadAsync(writer.GetMemory(), answer.Attempt.Cancellation);
                answer.Attempt.GotMore();
                if (count == 0) break;
                writer.Advance(count);
                call.Record.BytesOut += count;
                var flushed = await writer.FlushAsync(call.CallerGone);
                if (flushed.IsCompleted) throw new OperationCanceledException(call.CallerGone);
            }
        }
        catch (Exception e) when (e is OperationCanceledException || AttemptRunner.IsBroken(e))
        {
            Break(response.HttpContext, call.Record, answer.Attempt, e);
        }
    }

    // Nothing can be said any more but that it is not whole: the connection is reset, so that nobody takes a part for all.
    private static void Break(HttpContext context, CallRecord record, Attempt attempt, Exception e)
    {
        var isCancelled = e is OperationCanceledException || attempt.Cancellation.IsCancellationRequested;
        attempt.Failure = isCancelled ? attempt.CancellationCause : AttemptFailure.BrokenAfterCommit;
        if (attempt.Failure == AttemptFailure.CallerGone || context.RequestAborted.IsCancellationRequested)
        {
            attempt.Failure = AttemptFailure.CallerGone;
            record.Abandon();
        }
        else
        {
            record.Error = attempt.Failure switch
            {
                AttemptFailure.ShutDown => "shutting_down",
                AttemptFailure.Stalled => "upstream_timeout",
                _ => "upstream_error",
            };
        }

        context.Abort();
    }
}
