using Penstock.Protocol;

namespace Penstock.Forwarding;

/// <summary>
/// Reads an answer as far as is needed to know whether it is what it says: whole JSON to its end, a stream to its
/// first event, anything else to its first bytes.
/// </summary>
internal sealed class AnswerReader(TimeProvider time)
{
    /// <summary>A whole answer up to this size is checked and edited; a longer one is passed on as it comes.</summary>
    public const int LongestWholeAnswer = 32 * 1024 * 1024;

    // An error's text is a sentence; no more than this is read for it.
    private const int LongestErrorBody = 64 * 1024;

    public async ValueTask<Answer> ReadAsync(ForwardedCall call, Attempt attempt)
    {
        var response = attempt.Response;
        var answer = response.StatusCode switch
        {
            >= 500 => await ReadServerErrorAsync(attempt),
            >= 400 => await ReadWholeAsync(call, attempt),
            >= 300 or < 200 => Nonsense(attempt, $"the status {response.StatusCode}, which is a redirection or no final status"),
            _ when IsEventStream(response.ContentType) => await ReadEventStreamAsync(call, attempt),
            _ when call.Shape == AnswerShape.Any && !IsJson(response.ContentType) => await ReadOpaqueAsync(attempt),
            _ => await ReadWholeAsync(call, attempt),
        };
        call.Record.AnsweredAt = time.GetTimestamp();
        return answer;
    }

    private static async ValueTask<Answer> ReadServerErrorAsync(Attempt attempt)
    {
        using var body = new PooledBuffer(4096);
        try
        {
            while (body.Length < LongestErrorBody)
            {
                var count = await attempt.Response.Body.ReadAsync(body.GetMemory(1024), attempt.Cancellation);
                if (count == 0) break;
                body.Advance(count);
            }
        }
        catch (Exception e) when (AttemptLoop.IsBroken(e))
        {
            // The status is the answer; what could be read of its text will do.
        }

        attempt.Failure = AttemptFailure.Status;
        return new FailedAnswer(attempt, Errors.UpstreamFailed(
            attempt.Backend.Name, attempt.Response.StatusCode, UpstreamErrorText.Find(body.Memory)));
    }

    private static async ValueTask<Answer> ReadWholeAsync(ForwardedCall call, Attempt attempt)
    {
        var response = attempt.Response;
        var body = new PooledBuffer((int)Math.Clamp(response.ContentLength + 1 ?? 0, 4096, 1024 * 1024));
        var isOwned = true;
        try
        {
            while (true)
            {
                var count = await response.Body.ReadAsync(body.GetMemory(1), attempt.Cancellation);
                if (count == 0) break;
                body.Advance(count);
                if (body.Length <= LongestWholeAnswer) continue;
                HasBegun(attempt);
                isOwned = false;
                return new OpaqueAnswer(attempt, body);
            }

            var answer = response.StatusCode >= 400 ? new WholeAnswer(attempt, body, null) : Check(call, attempt, body);
            isOwned = answer is not WholeAnswer;
            return answer;
        }
        finally
        {
            if (isOwned) body.Dispose();
        }
    }

    private static Answer Check(ForwardedCall call, Attempt attempt, PooledBuffer body)
    {
        var response = attempt.Response;
        if (!AnswerScanner.TryScan(body.Span, out var facts))
        {
            return call.Shape is AnswerShape.Any
                ? new WholeAnswer(attempt, body, null)
                : Nonsense(attempt, $"{response.ContentType ?? "a body without a type"} that is no JSON object");
        }

        if (facts.IsError)
        {
            attempt.Failure = AttemptFailure.Status;
            return new FailedAnswer(attempt, Errors.UpstreamFailed(
                attempt.Backend.Name, response.StatusCode, UpstreamErrorText.Find(body.Memory)));
        }

        if (call.Body.IsStream && call.Shape is AnswerShape.Chat or AnswerShape.Completion)
            return Nonsense(attempt, "a whole body, although a stream was asked for");
        if (facts.Usage is { } usage) call.Record.Usage = usage;
        return new WholeAnswer(attempt, body, facts);
    }

    private static async ValueTask<Answer> ReadEventStreamAsync(ForwardedCall call, Attempt attempt)
    {
        if (call.Shape is AnswerShape.Chat or AnswerShape.Completion && !call.Body.IsStream)
            return Nonsense(attempt, "a stream, although a whole answer was asked for");

        var events = new EventReader(attempt.Response.Body);
        var isOwned = true;
        try
        {
            SseEvent first;
            while (!events.TryRead(out first))
            {
                var count = await events.ReadAsync(attempt.Cancellation);
                events.Filled(count);
                if (events.IsOverlong) return Nonsense(attempt, "an event that is too long");
                if (count > 0) continue;
                if (events.TryReadLast(out first) && first.DataLines > 0) break;
                return Nonsense(attempt, "a stream without a single event");
            }

            if (IsError(events.Buffer, first, out var detail))
            {
                attempt.Failure = AttemptFailure.Status;
                return new FailedAnswer(attempt, Errors.UpstreamFailed(attempt.Backend.Name, attempt.Response.StatusCode, detail));
            }

            if (call.Shape is AnswerShape.Chat or AnswerShape.Completion && !IsChunk(events.Buffer, first))
                return Nonsense(attempt, "an event that is no JSON object");
            HasBegun(attempt);
            isOwned = false;
            return new EventStreamAnswer(attempt, events, first);
        }
        finally
        {
            if (isOwned) events.Dispose();
        }
    }

    // Headers promise an answer; until something of it has come, it can still fail with a status of its own.
    private static async ValueTask<Answer> ReadOpaqueAsync(Attempt attempt)
    {
        var head = new PooledBuffer(16 * 1024);
        var isOwned = true;
        try
        {
            head.Advance(await attempt.Response.Body.ReadAsync(head.GetMemory(1), attempt.Cancellation));
            HasBegun(attempt);
            isOwned = false;
            return new OpaqueAnswer(attempt, head);
        }
        finally
        {
            if (isOwned) head.Dispose();
        }
    }

    // From here on time has no limit, unless it has run out this very moment: then that is the answer.
    private static void HasBegun(Attempt attempt)
    {
        attempt.ClearDeadline();
        attempt.Cancellation.ThrowIfCancellationRequested();
    }

    private static FailedAnswer Nonsense(Attempt attempt, string what)
    {
        attempt.Failure = AttemptFailure.BrokenBeforeCommit;
        return new FailedAnswer(attempt, Errors.UpstreamProtocol(attempt.Backend.Name, what));
    }

    // Nothing has been sent yet: an error that comes as the first event can still have its status.
    private static bool IsError(ReadOnlySpan<byte> buffer, in SseEvent first, out string? detail)
    {
        detail = null;
        if (first.DataLines == 0) return false;
        var data = first.DataOf(buffer);
        if (!AnswerScanner.TryScan(data, out var facts) || !facts.IsError) return false;
        detail = UpstreamErrorText.Find(data.ToArray());
        return true;
    }

    // Of a first event that is half, or no chunk at all, the caller need not see a stream begin.
    private static bool IsChunk(ReadOnlySpan<byte> buffer, in SseEvent first)
    {
        if (first.DataLines == 0) return true;
        var data = first.DataOf(buffer);
        return data.Trim(" \t\r\n"u8).IsEmpty || SseEvent.IsDone(data) || AnswerScanner.TryScan(data, out _);
    }

    private static bool IsEventStream(string? contentType) =>
        contentType is not null && contentType.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase);

    private static bool IsJson(string? contentType) =>
        contentType is not null && contentType.StartsWith("application/json", StringComparison.OrdinalIgnoreCase);
}
