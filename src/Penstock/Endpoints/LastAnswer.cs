using Microsoft.AspNetCore.Http;

namespace Penstock.Endpoints;

/// <summary>Says that an answer is the last one of its connection.</summary>
internal static class LastAnswer
{
    /// <summary>HTTP/2 has no such header (RFC 9113, 8.2.2) and no such need: a request is a stream of its own, and can be reset.</summary>
    public static void Announce(HttpResponse response)
    {
        if (!HttpProtocol.IsHttp2(response.HttpContext.Request.Protocol)) response.Headers.Connection = "close";
    }
}
