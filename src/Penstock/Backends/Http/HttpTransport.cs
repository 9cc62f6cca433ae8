using System.Net;
using System.Text;

namespace Penstock.Backends.Http;

/// <summary>
/// The connections to all http backends. One handler for the life of the process: it pools by scheme, host and port,
/// so a reload drops no connection, and those to a server that is no longer configured close by themselves.
/// </summary>
internal sealed class HttpTransport : IDisposable
{
    private readonly SocketsHttpHandler _handler;
    private readonly HttpMessageInvoker _invoker;

    public HttpTransport()
    {
        _handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            // Trace headers are the gateway's business: it forwards the caller's, or those of its own spans.
            ActivityHeadersPropagator = null,
            MaxConnectionsPerServer = int.MaxValue,
            EnableMultipleHttp2Connections = true,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(90),
            // Addresses behind a name change (Kubernetes, failover): a connection is not used for ever.
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            ConnectTimeout = TimeSpan.FromSeconds(10),
            // A call that is given up must be seen by the server at once: no reading on for the sake of the connection.
            MaxResponseDrainSize = 0,
            ResponseDrainTimeout = TimeSpan.Zero,
#pragma warning disable CA2262 // It is meant: 256 KiB, for servers that put a whole policy report into their headers.
            MaxResponseHeadersLength = 256,
#pragma warning restore CA2262
            // A dead peer behind a living HTTP/2 connection is noticed.
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
            ResponseHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        };
        _invoker = new HttpMessageInvoker(_handler);
    }

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        _invoker.SendAsync(request, cancellationToken);

    public void Dispose() => _invoker.Dispose();
}
