using Penstock.Protocol;

namespace Penstock.Forwarding;

/// <summary>
/// Reads an answer as far as is needed to know whether it is what it says: whole JSON to its end, a stream to its
/// first content, anything else to its first bytes.
/// </summary>
internal sealed class AnswerReader(TimeProvider time)
{
    /// <summary>A whole answer up to this size is checked and edited; a longer one is passed on as it comes.</summary>
    public const int LongestWholeAnswer = 32 * 1024 * 1024;

    public async ValueTask<Answer> ReadAsync(ForwardedCall call, Attempt attempt)
    {
        var response = attempt.Response;
        var answer = response.StatusCode switch
        {
            >= 400 => await Refusals.ReadAsync(call, attempt, time),
            >= 300 or < 200 => Nonsense(attempt, $"the status {response.StatusCode}, which is a redirection or no final status"),
            _ when IsEventStream(response.ContentType) => await ReadEventStreamAsync(call, attempt),
            _ when call.Shape == AnswerShape.Any && !IsJson(response.ContentType) => await ReadOpaqueAsync(attempt),
            _ => await ReadWholeAsync(call, attempt),
        };
        attempt.NoteAnswered(time.GetTimestamp(), hasBegun: answer is EventStreamAnswer);
        return answer;
    }

    private static async ValueTask<Answer> ReadWholeAsync(ForwardedCall call, Attempt attempt)
    {
        var response = attempt.Response;
        var body = new PooledBuffer((int)Math.Clamp(response.ContentLength + 1 ?? 0, 4096, 1024 * 1024));
        var isOwned = true;
        try
        {
            if (!await TryReadToEndAsync(attempt, body)) return PassOn(attempt, body, ref isOwned);
            var answer = Check(call, attempt, body);
            isOwned = answer is not WholeAnswer;
            return answer;
        }
        finally
        {
            if (isOwned) body.Dispose();
        }
    }

    /// <summary>Reads a body to its end; false where it is too long for that.</summary>
    public static async ValueTask<bool> TryReadToEndAsync(Attempt attempt, PooledBuffer body)
    {
        while (true)
        {
            var count = await attempt.Response.Body.ReadAsync(body.GetMemory(1), attempt.Cancellation);
            if (count == 0) return true;
            body.Advance(count);
            if (body.Length > LongestWholeAnswer) return false;
        }
    }

    /// <summary>What was read of a body that is too long to be read whole, and the rest as it comes.</summary>
    public static OpaqueAnswer PassOn(Attempt attempt, PooledBuffer head, ref bool isOwned)
    {
        attempt.Begin();
        isOwned = false;
        return new OpaqueAnswer(attempt, head);
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

        if (facts.IsError) return Failed(attempt, body.Memory);
        if (call.Body.IsStream && call.Shape.IsChunked())
            return Nonsense(attempt, "a whole body, although a stream was asked for");
        return new WholeAnswer(attempt, body, facts);
    }

    private static async ValueTask<Answer> ReadEventStreamAsync(ForwardedCall call, Attempt attempt)
    {
        if (call.Shape.IsChunked() && !call.Body.IsStream)
            return Nonsense(attempt, "a stream, although a whole answer was asked for");

        if (call.IsEventStream) attempt.AwaitFirstToken();
        var events = new EventReader(attempt.Response.Body);
        var opening = new StreamOpening(call.Shape);
        var isOwned = true;
        try
        {
            // What says nothing yet is kept: until there is content, the answer can still be somebody else's.
            events.Hold();
            while (!opening.IsOver)
            {
                while (!opening.IsOver && events.TryRead(out var found)) opening.Take(events.Buffer, found);
                if (opening.IsOver) break;
                var count = await events.ReadAsync(attempt.Cancellation);
                events.Filled(count);
                if (events.IsOverlong) return Nonsense(attempt, "an event that is too long");
                if (count > 0) continue;
                if (events.TryReadLast(out var last)) opening.Take(events.Buffer, last);
                opening.End();
            }

            if (opening.Error is { } error) return Failed(attempt, error);
            if (opening.Nonsense is { } nonsense) return Nonsense(attempt, nonsense);
            attempt.Begin();
            events.Rewind();
            isOwned = false;
            return new EventStreamAnswer(attempt, events);
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
            attempt.Begin();
            isOwned = false;
            return new OpaqueAnswer(attempt, head);
        }
        finally
        {
            if (isOwned) head.Dispose();
        }
    }

    // An error under a status that promised an answer.
    private static FailedAnswer Failed(Attempt attempt, ReadOnlyMemory<byte> body)
    {
        var detail = attempt.Backend.Secrets.Mask(UpstreamErrorText.Find(body));
        var isTooLong = UpstreamErrorText.IsContextLength(body);
        var error = isTooLong ? Errors.ContextLength(detail)
            : Errors.UpstreamFailed(attempt.Backend.Name, attempt.Response.StatusCode, detail);
        attempt.Failure = isTooLong ? AttemptFailure.ContextLength : AttemptFailure.Status;
        attempt.Reason = error.Message;
        return new FailedAnswer(attempt, error);
    }

    private static FailedAnswer Nonsense(Attempt attempt, string what)
    {
        attempt.Failure = AttemptFailure.Nonsense;
        attempt.Reason = $"it answered {what}";
        return new FailedAnswer(attempt, Errors.UpstreamProtocol(attempt.Backend.Name, what));
    }

    private static bool IsEventStream(string? contentType) =>
        contentType is not null && contentType.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase);

    private static bool IsJson(string? contentType) =>
        contentType is not null && contentType.StartsWith("application/json", StringComparison.OrdinalIgnoreCase);
}
