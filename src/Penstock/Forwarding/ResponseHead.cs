using Microsoft.AspNetCore.Http;

namespace Penstock.Forwarding;

/// <summary>The head of an answer that comes from a backend.</summary>
internal static class ResponseHead
{
    public static void Write(HttpResponse response, Attempt attempt)
    {
        response.StatusCode = attempt.Response.StatusCode;
        WriteBackend(response, attempt);
        foreach (var (name, value) in attempt.Response.Headers)
        {
            // Kestrel sends ASCII only; a header beyond that is no number of seconds and no limit.
            if (!value.AsSpan().ContainsAnyExceptInRange(' ', '~')) response.Headers.Append(name, value);
        }
    }

    public static void WriteBackend(HttpResponse response, Attempt attempt) => response.Headers["X-Backend"] = attempt.Backend.Name;
}
