using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Processes;

/// <summary>Upstreams behind TLS: HTTP/2 where they offer it, HTTP/1.1 where not, and nothing where their certificate is a stranger's.</summary>
public sealed class TlsUpstreamTests
{
    private const string Answer =
        """{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"over TLS"},"finish_reason":"stop"}]}""";

    [LinuxTheory]
    [InlineData(HttpProtocols.Http1AndHttp2, "HTTP/2")]
    [InlineData(HttpProtocols.Http1, "HTTP/1.1")]
    public async Task TlsUpstream_OffersProtocols_IsSpokenToInTheBest(HttpProtocols offered, string expected)
    {
        using var certificate = NewCertificate();
        var protocol = "";
        await using var upstream = await StartAsync(certificate, offered, request => protocol = request.Protocol);
        await using var gateway = await StartGatewayAsync(upstream, certificate);

        using var response = await gateway.Client.PostAsync("/v1/chat/completions", Chat());

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("over TLS", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(expected, protocol);
    }

    [LinuxTheory]
    [InlineData(HttpProtocols.Http1AndHttp2)]
    public async Task TlsUpstream_CertificateIsNotTrusted_IsUnreachable(HttpProtocols offered)
    {
        using var certificate = NewCertificate();
        using var trusted = NewCertificate();
        await using var upstream = await StartAsync(certificate, offered, _ => { });
        await using var gateway = await StartGatewayAsync(upstream, trusted);

        using var response = await gateway.Client.PostAsync("/v1/chat/completions", Chat());

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains("upstream_unreachable", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static StringContent Chat() => new(TestGateway.Chat("hello"), System.Text.Encoding.UTF8, "application/json");

    // The process trusts what SSL_CERT_FILE names, as OpenSSL has it.
    private static async Task<GatewayProcess> StartGatewayAsync(WebApplication upstream, X509Certificate2 trusted)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("penstock-tls-").FullName, "trusted.pem");
        await File.WriteAllTextAsync(file, trusted.ExportCertificatePem());
        return await GatewayProcess.ServeAsync(GatewayStart.Serving(
            variables: [("BACKEND_URL", upstream.Urls.Single().Replace("127.0.0.1", "localhost", StringComparison.Ordinal)), ("SSL_CERT_FILE", file)]));
    }

    private static async Task<WebApplication> StartAsync(X509Certificate2 certificate, HttpProtocols offered, Action<HttpRequest> seen)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = offered;
            listen.UseHttps(certificate);
        }));
        var app = builder.Build();
        app.MapPost("/v1/chat/completions", async context =>
        {
            seen(context.Request);
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(Answer);
        });
        await app.StartAsync();
        return app;
    }

    private static X509Certificate2 NewCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }
}
