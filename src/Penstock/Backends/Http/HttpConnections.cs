using System.Net;
using System.Text;

namespace Penstock.Backends.Http;

/// <summary>
/// Connections that have the same time for being made. Their handler pools them by scheme, host and port, and those to a
/// server that is no longer configured close by themselves.
/// </summary>
internal sealed class HttpConnections : IDisposable
{
    private readonly HttpConnector _connector;
    private readonly TimeSpan _connectTimeout;
    private readonly HttpMessageInvoker _pooled;
    private readonly Lazy<HttpMessageInvoker> _fresh;

    public HttpConnections(HttpConnector connector, TimeSpan connectTimeout)
    {
        _connector = connector;
        _connectTimeout = connectTimeout;
        // Addresses behind a name change (Kubernetes, failover): a connection is not used for ever.
        _pooled = NewInvoker(lifetime: TimeSpan.FromMinutes(10));
        _fresh = new Lazy<HttpMessageInvoker>(() => NewInvoker(lifetime: TimeSpan.Zero));
    }

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        _pooled.SendAsync(request, cancellationToken);

    /// <summary>Sends on a connection that is made for this request and used for no other.</summary>
    public Task<HttpResponseMessage> SendFreshAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        _fresh.Value.SendAsync(request, cancellationToken);

    public void Dispose()
    {
        _pooled.Dispose();
        if (_fresh.IsValueCreated) _fresh.Value.Dispose();
    }

    private HttpMessageInvoker NewInvoker(TimeSpan lifetime) => new(new SocketsHttpHandler
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
        PooledConnectionLifetime = lifetime,
        // The name, the connection and TLS, all together.
        ConnectTimeout = _connectTimeout,
        ConnectCallback = _connector.ConnectAsync,
        PlaintextStreamFilter = static (context, _) => ValueTask.FromResult(
            context.NegotiatedHttpVersion.Major >= 2 ? context.PlaintextStream : new HttpConnectionStream(context.PlaintextStream)),
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
    });
}
