using System.Net;

namespace Penstock.Tests.Functional.Door;

/// <summary>A caller that speaks one version of HTTP, takes any certificate, and remembers what it was shown last.</summary>
internal sealed class TlsClient : IDisposable
{
    private readonly SocketsHttpHandler _handler = new();
    private volatile string _shown = "";
    private volatile string[] _sent = [];

    public TlsClient(Uri url, Version version)
    {
        _handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
        {
            _shown = certificate?.GetCertHashString() ?? "";
            _sent = [.. chain!.ChainPolicy.ExtraStore.Select(c => c.Thumbprint)];
            return true;
        };
        Http = new HttpClient(new OneVersion(_handler, version)) { BaseAddress = url, Timeout = TimeSpan.FromSeconds(60) };
    }

    public HttpClient Http { get; }

    /// <summary>The thumbprint of the certificate that the last handshake showed.</summary>
    public string Shown => _shown;

    /// <summary>The thumbprints of all certificates that it sent along.</summary>
    public IReadOnlyList<string> Sent => _sent;

    /// <summary>What a connection of its own is shown.</summary>
    public static async Task<string> LookAsync(Uri url)
    {
        using var client = new TlsClient(url, HttpVersion.Version11);
        using var response = await client.Http.GetAsync("/healthz");
        return client.Shown;
    }

    public void Dispose()
    {
        Http.Dispose();
        _handler.Dispose();
    }

    // Requests that are made by hand have a version of their own, which the client's default does not change.
    private sealed class OneVersion(HttpMessageHandler inner, Version version) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Version = version;
            request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
            return base.SendAsync(request, cancellationToken);
        }
    }
}
