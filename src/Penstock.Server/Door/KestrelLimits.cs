using Microsoft.AspNetCore.Server.Kestrel.Core;
using Penstock.Configuration;

namespace Penstock.Server.Door;

/// <summary>The web server's limits, as <c>server.limits</c> says them.</summary>
internal static class KestrelLimits
{
    public static void Apply(KestrelServerLimits kestrel, ConnectionLimits limits)
    {
        // The gateway's own limit on bodies answers in OpenAI's shape.
        kestrel.MaxRequestBodySize = null;
        kestrel.MaxRequestLineSize = limits.RequestLineBytes;
        kestrel.MaxRequestHeadersTotalSize = limits.HeaderBytes;
        kestrel.MaxRequestHeaderCount = limits.Headers;
        kestrel.RequestHeadersTimeout = limits.HeaderTimeout;
        kestrel.KeepAliveTimeout = limits.KeepaliveTimeout;
        kestrel.MinRequestBodyDataRate = Rate(limits.BodyRate, limits.BodyGrace);
        kestrel.MinResponseDataRate = Rate(limits.ResponseRate, limits.ResponseGrace);
        kestrel.Http2.MaxStreamsPerConnection = limits.Http2Streams;
        kestrel.Http2.MaxRequestHeaderFieldSize = limits.HeaderBytes;
    }

    /// <summary>
    /// A line of a request's head ends with CR LF. The server would take an LF by itself, too; a proxy in front may not, and
    /// what is one header for the one is two for the other (RFC 9112, 2.2 and 11.2). For the process, before the first connection.
    /// </summary>
    public static void RefuseBareLineFeeds() => AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", true);

    private static MinDataRate? Rate(int bytesPerSecond, TimeSpan grace) =>
        bytesPerSecond == 0 ? null : new MinDataRate(bytesPerSecond, grace);
}
