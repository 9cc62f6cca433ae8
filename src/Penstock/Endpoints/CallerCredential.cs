using Microsoft.AspNetCore.Http;

namespace Penstock.Endpoints;

/// <summary>Where a request carries its credential: as OpenAI's clients send it, as Anthropic's do, or as Azure's do.</summary>
internal static class CallerCredential
{
    private const string Scheme = "Bearer ";

    private const string XApiKey = "x-api-key";
    private const string ApiKey = "api-key";

    /// <summary>Whether a header other than <c>Authorization</c> is for credentials.</summary>
    public static bool IsName(string header) =>
        header.Equals(XApiKey, StringComparison.OrdinalIgnoreCase) || header.Equals(ApiKey, StringComparison.OrdinalIgnoreCase);

    /// <summary>The credential, without the scheme before it; empty where there is none.</summary>
    public static ReadOnlySpan<char> Of(IHeaderDictionary headers) => Of(headers, out _);

    /// <summary>The credential, without the scheme before it; empty where there is none.</summary>
    /// <param name="headers">The request's.</param>
    /// <param name="header">The whole value of the header that it is in; null where there is none.</param>
    public static ReadOnlySpan<char> Of(IHeaderDictionary headers, out string? header)
    {
        header = headers.Authorization;
        // The scheme's case does not matter (RFC 9110, 11.1).
        if (header is not null && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return header.AsSpan(Scheme.Length).Trim();
        header = headers.TryGetValue(XApiKey, out var key) || headers.TryGetValue(ApiKey, out key) ? (string?)key : null;
        return header.AsSpan().Trim();
    }
}
