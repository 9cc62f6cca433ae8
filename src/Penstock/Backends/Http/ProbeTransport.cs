using System.Net;

namespace Penstock.Backends.Http;

/// <summary>
/// The connections of probes: a new one each, and none is kept. So a probe shows what a request may need, that the server
/// takes connections, and uses up none of those that requests have.
/// </summary>
internal sealed class ProbeTransport : IDisposable
{
    private readonly HttpMessageInvoker _invoker = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        PooledConnectionLifetime = TimeSpan.Zero,
    });

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        _invoker.SendAsync(request, cancellationToken);

    public void Dispose() => _invoker.Dispose();
}
