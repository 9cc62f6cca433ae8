using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Penstock.Forwarding;

/// <summary>The head of an answer that comes from a backend.</summary>
internal static class ResponseHead
{
    // What a gateway answers most of the time, without a string of its own each time.
    private static readonly string[] Counts = [.. Enumerable.Range(0, 10).Select(n => n.ToString(CultureInfo.InvariantCulture))];

    private const string Limits = "x-ratelimit-";

    public static void Write(HttpResponse response, ForwardedCall call, Attempt attempt)
    {
        response.StatusCode = attempt.Response.StatusCode;
        WriteOrigin(response, call, attempt);
        foreach (var (name, value) in attempt.Response.Headers)
        {
            if (call.HidesLimits && name.StartsWith(Limits, StringComparison.OrdinalIgnoreCase)) continue;
            // Kestrel sends ASCII only; a header beyond that is no number of seconds and no limit.
            if (!value.AsSpan().ContainsAnyExceptInRange(' ', '~')) response.Headers.Append(name, value);
        }

        if (attempt.RetryAfter is { } wait && response.Headers.RetryAfter.Count == 0)
            response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The head of a stream.</summary>
    /// <param name="response">Where to; nothing is written where it has begun, which a sign of life may have done.</param>
    /// <param name="call">What was asked.</param>
    /// <param name="attempt">Who answers; null where nobody has yet.</param>
    public static void WriteStream(HttpResponse response, ForwardedCall call, Attempt? attempt)
    {
        if (response.HasStarted) return;
        if (attempt is not null) Write(response, call, attempt);
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no";
    }

    /// <summary>Who answers, how many attempts it took, and how long the call stood in line for them.</summary>
    public static void WriteOrigin(HttpResponse response, ForwardedCall call, Attempt? attempt)
    {
        if (attempt is not null) response.Headers["X-Backend"] = attempt.Backend.Name;
        response.Headers["X-Attempts"] = Text(call.Attempts);
        // Rounded up: 0 is who did not wait.
        response.Headers["X-Queue-Ms"] = Text((long)Math.Ceiling(call.Record.QueueTime.TotalMilliseconds));
    }

    private static string Text(long number) => number < Counts.Length ? Counts[number] : number.ToString(CultureInfo.InvariantCulture);
}
