using Penstock.Protocol;

namespace Penstock.Forwarding;

/// <summary>Reads answers with an error status, and says whether they are the caller's or somebody else should be asked.</summary>
internal static class Refusals
{
    // A server's error is a sentence; no more than this is read of it.
    private const int LongestErrorBody = 64 * 1024;

    // The status is there, which is what counts: for its text nobody waits long.
    private static readonly TimeSpan TimeForText = TimeSpan.FromSeconds(2);

    public static async ValueTask<Answer> ReadAsync(ForwardedCall call, Attempt attempt, TimeProvider time)
    {
        var response = attempt.Response;
        var isServers = response.StatusCode >= 500;
        var body = new PooledBuffer((int)Math.Clamp(response.ContentLength + 1 ?? 0, 1024, LongestErrorBody));
        var isOwned = true;
        try
        {
            if (isServers) await ReadTextAsync(attempt, body);
            else if (!await AnswerReader.TryReadToEndAsync(attempt, body)) return AnswerReader.PassOn(attempt, body, ref isOwned);

            attempt.Failure = Judge(call, attempt, body.Memory);
            if (response.StatusCode is 429 or 503) attempt.RetryAfter = RetryAfter.Find(response.Headers, time.GetUtcNow());
            var text = attempt.Backend.Secrets.Mask(UpstreamErrorText.Find(body.Memory));
            attempt.Reason = text is null ? $"it answered {response.StatusCode}" : $"it answered {response.StatusCode}: {text}";
            if (attempt.Failure == AttemptFailure.Credentials) return new FailedAnswer(attempt, Errors.UpstreamCredentials(attempt.Backend.Name));
            if (isServers)
            {
                return new FailedAnswer(attempt, Errors.UpstreamFailed(attempt.Backend.Name, response.StatusCode, text) with
                {
                    RetryAfter = attempt.RetryAfter,
                });
            }

            isOwned = false;
            return new WholeAnswer(attempt, body, null);
        }
        finally
        {
            if (isOwned) body.Dispose();
        }
    }

    private static async ValueTask ReadTextAsync(Attempt attempt, PooledBuffer body)
    {
        attempt.SetDeadline(TimeForText);
        try
        {
            while (body.Length < LongestErrorBody)
            {
                var count = await attempt.Response.Body.ReadAsync(body.GetMemory(1024), attempt.Cancellation);
                if (count == 0) break;
                body.Advance(count);
            }
        }
        catch (Exception e) when (IsLost(e, attempt))
        {
            // What could be read of it will do.
        }
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
