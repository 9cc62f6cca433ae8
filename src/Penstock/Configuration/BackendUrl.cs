using System.Diagnostics.CodeAnalysis;

namespace Penstock.Configuration;

/// <summary>A server's base address, as people write it: with or without a trailing slash, with or without <c>/v1</c>.</summary>
internal static class BackendUrl
{
    public static bool TryParse(string text, [NotNullWhen(true)] out Uri? url, [NotNullWhen(false)] out string? error)
    {
        url = null;
        // What may have a credential in it is not repeated: errors are logged.
        if (!Uri.TryCreate(text.Trim(), UriKind.Absolute, out var parsed) || parsed.Host.Length == 0)
            error = text.Contains('@', StringComparison.Ordinal) ? "this is not an address like http://localhost:8081" : $"'{text}' is not an address like http://localhost:8081";
        else if (parsed.UserInfo.Length > 0)
            error = "the address carries a user name; use api_key or headers for credentials";
        else if (parsed.Scheme is not ("http" or "https"))
            error = $"'{text}' must begin with http:// or https://";
        else if (parsed.Query.Length > 0 || parsed.Fragment.Length > 0)
            error = $"'{parsed.GetLeftPart(UriPartial.Path)}…' must be a base address, without a query or a fragment";
        else
            error = null;
        if (error is not null) return false;

        var path = parsed!.AbsolutePath.TrimEnd('/');
        if (path.EndsWith("/v1", StringComparison.Ordinal)) path = path[..^3].TrimEnd('/');
        url = new Uri(parsed.GetLeftPart(UriPartial.Authority) + path);
        return true;
    }
}
