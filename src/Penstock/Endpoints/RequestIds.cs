using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Penstock.Endpoints;

/// <summary>The id of a request: the caller's where it sent a usable one, else a new UUID (version 4).</summary>
internal static class RequestIds
{
    public const string Header = "X-Request-ID";

    private const int Longest = 128;

    public static string For(IHeaderDictionary headers) =>
        Usable(headers[Header]) ?? Usable(headers["Request-Id"]) ?? Guid.NewGuid().ToString();

    // Visible ASCII: it goes into headers, logs and JSON, and is passed on to the backend.
    private static string? Usable(StringValues values)
    {
        if (values.Count != 1 || values[0] is not { Length: > 0 and <= Longest } id) return null;
        return id.AsSpan().ContainsAnyExceptInRange('!', '~') ? null : id;
    }
}
