using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;

namespace Penstock.Endpoints;

/// <summary>The headers of a request that go along to the backend: end-to-end ones, without those that are the gateway's business.</summary>
internal static class ForwardedHeaders
{
    private static readonly FrozenSet<string> Kept = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        // Hop-by-hop: RFC 9110, 7.6.1.
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
        // Made anew for the backend.
        "Host", "Content-Length", "Content-Type", "Accept-Encoding", "Expect", "X-Request-ID",
        // Which backend is to be asked: said to the gateway.
        ForwardingEndpoint.BackendHeader,
        // How the call waits here.
        QueueHeaders.Priority, QueueHeaders.Timeout,
        // What the server calls a length that came beside an encoding, and does not count (RFC 9112, 6.3).
        "X-Content-Length",
        // Credentials: the caller's are for the gateway.
        "Authorization", "Cookie");

    /// <summary>Collects them.</summary>
    /// <param name="headers">The request's.</param>
    /// <param name="isOpen">Whether everyone may call: then callers' credentials are not for the gateway.</param>
    public static List<KeyValuePair<string, string>> Collect(IHeaderDictionary headers, bool isOpen)
    {
        var forwarded = new List<KeyValuePair<string, string>>(headers.Count);
        var connection = headers.Connection.ToString();
        foreach (var (name, values) in headers)
        {
            // HTTP/2's pseudo headers show as names with a colon.
            if (Kept.Contains(name) || name[0] == ':' || IsNamed(connection, name)) continue;
            if (!isOpen && CallerCredential.IsName(name)) continue;
            foreach (var value in values)
            {
                if (value is not null) forwarded.Add(new(name, value));
            }
        }

        return forwarded;
    }

    // "Connection: X-Hop" makes X-Hop a matter of this connection only. Beside close, keep-alive or upgrade it cannot be
    // seen: Kestrel reduces such a header to the option that it knows.
    private static bool IsNamed(string connection, string name)
    {
        if (connection.Length == 0) return false;
        foreach (var range in connection.AsSpan().Split(','))
        {
            if (connection.AsSpan()[range].Trim().Equals(name, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }
}
