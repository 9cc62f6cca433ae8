using Penstock.Protocol;

namespace Penstock.Forwarding;

/// <summary>Reads answers with an error status, and says whether they are the caller's or somebody else should be asked.</summary>
internal static class Refusals
{
    // An error's text is a sentence; no more than this is read of a 5xx's.
    private const int LongestErrorBody = 64 * 1024;

    // The status is there, which is what counts: for its text nobody waits long.
    private static readonly TimeSpan TimeForText = TimeSpan.FromSeconds(2);

    public static async ValueTask<Answer> ReadAsync(ForwardedCall call, Attempt attempt, TimeProvider time)
    {
        var response = attempt.Response;
        var body = new PooledBuffer((int)Math.Clamp(response.ContentLength + 1 ?? 0, 1024, LongestErrorBody));
        attempt.SetDeadline(TimeForText);
        try
        {
            while (body.Length < (response.StatusCode >= 500 ? LongestErrorBody : AnswerReader.LongestWholeAnswer))
            {
                var count = await response.Body.ReadAsync(body.GetMemory(1024), attempt.Cancellation);
                if (count == 0) break;
                body.Advance(count);
            }
        }
        catch (Exception e) when (IsLost(e, attempt))
        {
            // What could be read of its text will do.
        }
        catch
        {
            body.Dispose();
            throw;
        }

        attempt.Failure = Judge(call, attempt, body.Memory);
        if (response.StatusCode is 429 or 503) attempt.RetryAfter = RetryAfter.Find(response.Headers, time.GetUtcNow());
        var text = UpstreamErrorText.Find(body.Memory);
        attempt.Reason = text is null ? $"it answered {response.StatusCode}" : $"it answered {response.StatusCode}: {text}";
        if (attempt.Failure is not (AttemptFailure.Status or AttemptFailure.Credentials)) return new WholeAnswer(attempt, body, null);

        body.Dispose();
        return new FailedAnswer(attempt, attempt.Failure == AttemptFailure.Credentials
            ? Errors.UpstreamCredentials(attempt.Backend.Name)
            : Errors.UpstreamFailed(attempt.Backend.Name, response.StatusCode, text) with { RetryAfter = attempt.RetryAfter });
    }

    private static AttemptFailure Judge(ForwardedCall call, Attempt attempt, ReadOnlyMemory<byte> body) => attempt.Response.StatusCode switch
    {
        >= 500 => AttemptFailure.Status,
        429 => AttemptFailure.RateLimited,
        408 => AttemptFailure.RequestTimeout,
        // A key that the caller has sent is the caller's to put right.
        401 or 403 when attempt.Backend.Config.ApiKey is not null || call.Authorization is null => AttemptFailure.Credentials,
        400 or 413 or 422 when UpstreamErrorText.IsContextLength(body) => AttemptFailure.ContextLength,
        _ => AttemptFailure.None,
    };

    private static bool IsLost(Exception e, Attempt attempt) => attempt.Cancellation.IsCancellationRequested
        ? attempt.CancellationCause == AttemptFailure.Timeout
        : AttemptRunner.IsBroken(e);
}
