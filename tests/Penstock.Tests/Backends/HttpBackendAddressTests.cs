using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Penstock.Backends;
using Penstock.Backends.Http;
using Penstock.Configuration;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Backends;

/// <summary>A backend that is one of the addresses behind its name: it connects there, and says the name.</summary>
public sealed class HttpBackendAddressTests : IDisposable
{
    private readonly HttpTransport _transport = new(new TestNames());

    public void Dispose() => _transport.Dispose();

    [Theory]
    [InlineData("http://pods.test:{0}", "/v1/models")]
    [InlineData("http://pods.test:{0}/api", "/api/v1/models")]
    public async Task Request_ToAnAddress_CarriesTheName(string url, string path)
    {
        await using var upstream = ScriptedUpstream.Start();

        await NewBackend(string.Format(null, url, upstream.Port)).ListModelsAsync(CancellationToken.None);

        var request = await upstream.WaitForGetAsync();
        Assert.Equal($"pods.test:{upstream.Port}", request.Header("Host"));
        Assert.Equal(path, request.Target);
    }

    [Fact]
    public async Task Tls_ToAnAddress_IsAgreedForTheName()
    {
        using var certificate = NewCertificate();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var accepting = NameAskedForAsync(listener, certificate);

        // The certificate is a stranger's; what counts is for whom it was asked.
        var failure = await Assert.ThrowsAsync<BackendException>(async () =>
            await NewBackend($"https://pods.test:{((IPEndPoint)listener.LocalEndpoint).Port}").ListModelsAsync(CancellationToken.None));

        Assert.Contains("TLS", failure.Message, StringComparison.Ordinal);
        Assert.Equal("pods.test", await accepting);
    }

    private static async Task<string?> NameAskedForAsync(TcpListener listener, X509Certificate2 certificate)
    {
        string? name = null;
        using var client = await listener.AcceptTcpClientAsync();
        await using var tls = new SslStream(client.GetStream());
        try
        {
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
            {
                ServerCertificateSelectionCallback = (_, host) =>
                {
                    name = host;
                    return certificate;
                },
            });
            await tls.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false);
        }
        catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
        {
            // It is not trusted.
        }

        return name;
    }

    private static X509Certificate2 NewCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=pods.test", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(100));
    }

    private HttpBackend NewBackend(string url) => new(
        new BackendConfig { Name = "b", Type = "http", Url = new Uri(url), ConnectTimeout = TimeSpan.FromSeconds(30) }, _transport, IPAddress.Loopback);
}
