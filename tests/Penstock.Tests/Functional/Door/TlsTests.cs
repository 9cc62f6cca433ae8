using System.Net;
using System.Net.Sockets;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Door;

/// <summary>TLS at the gateway's own door: versions, protocols, and certificates that are replaced.</summary>
public sealed class TlsTests
{
    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Tls_EitherHttp_IsAnswered(string version)
    {
        await using var gateway = await StartAsync(TestCertificate.SelfSigned());
        using var client = new TlsClient(gateway.Url, Version.Parse(version));

        using var response = await client.Http.GetAsync("/v1/models");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Version.Parse(version), response.Version);
        Assert.Equal("https", gateway.Url.Scheme);
    }

    // A ClientHello of TLS 1.1 as it was: no extension says that the caller could do better.
    [Fact]
    public async Task Tls_OldVersion_IsRefusedWithTheAlertThatSaysSo()
    {
        await using var gateway = await StartAsync(TestCertificate.SelfSigned());
        byte[] hello = [0x03, 0x02, .. new byte[32], 0x00, 0x00, 0x04, 0xC0, 0x09, 0xC0, 0x13, 0x01, 0x00];
        byte[] record = [0x16, 0x03, 0x01, 0x00, (byte)(hello.Length + 4), 0x01, 0x00, 0x00, (byte)hello.Length, .. hello];
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, gateway.Url.Port);

        await socket.SendAsync(record);
        using var patience = new CancellationTokenSource(Patience.Default);
        var answer = new byte[64];
        var count = await socket.ReceiveAsync(answer, SocketFlags.None, patience.Token);

        // RFC 5246, 7.2: an alert, fatal, protocol_version.
        Assert.Equal(7, count);
        Assert.Equal((0x15, 2, 70), (answer[0], answer[5], answer[6]));
    }

    [Fact]
    public async Task Tls_ChainInTheFile_IsSent()
    {
        var certificate = TestCertificate.Chained();
        await using var gateway = await StartAsync(certificate);
        using var client = new TlsClient(gateway.Url, HttpVersion.Version11);

        using var response = await client.Http.GetAsync("/healthz");

        Assert.Equal(certificate.Thumbprint, client.Shown);
        Assert.Contains(certificate.IssuerThumbprint, client.Sent);
    }

    [Fact]
    public async Task Certificate_IsReplaced_NewConnectionsGetItAndOldOnesGoOn()
    {
        var (first, second) = (TestCertificate.SelfSigned(), TestCertificate.SelfSigned());
        await using var gateway = await StartAsync(first);
        using var client = new TlsClient(gateway.Url, HttpVersion.Version20);
        using var before = await client.Http.GetAsync("/healthz");

        await WriteAsync(gateway, second);
        await gateway.WaitForLogAsync("The certificate was renewed");
        using var after = await client.Http.GetAsync("/healthz");

        Assert.Equal(second.Thumbprint, await TlsClient.LookAsync(gateway.Url));
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
        Assert.Equal(first.Thumbprint, client.Shown);
    }

    [Theory]
    [InlineData("another's key")]
    [InlineData("nonsense")]
    [InlineData("gone")]
    public async Task Certificate_ReplacedByNone_OldOneStaysAndTheLogSaysSo(string what)
    {
        var (first, second, third) = (TestCertificate.SelfSigned(), TestCertificate.SelfSigned(), TestCertificate.SelfSigned());
        await using var gateway = await StartAsync(first);

        if (what == "another's key") await WriteAsync(gateway, second with { KeyPem = third.KeyPem });
        else if (what == "nonsense") await WriteAsync(gateway, second with { Pem = "-----BEGIN NONSENSE-----" });
        else File.Delete(Path.Combine(gateway.Directory, "cert.pem"));
        await gateway.WaitForLogAsync("The new certificate cannot be used, the old one stays");

        Assert.Equal(first.Thumbprint, await TlsClient.LookAsync(gateway.Url));
        await WriteAsync(gateway, third);
        await gateway.WaitForLogAsync("The certificate was renewed");
        Assert.Equal(third.Thumbprint, await TlsClient.LookAsync(gateway.Url));
        foreach (var line in first.KeyPem.Split('\n').Concat(third.KeyPem.Split('\n')).Where(line => line.Length > 20 && line[0] != '-'))
            Assert.DoesNotContain(line, gateway.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("serve", "cert.pem", "there is no such file")]
    [InlineData("check", "cert.pem", "there is no such file")]
    [InlineData("serve", "key.pem", "there is no such file")]
    [InlineData("serve", null, "are not a certificate and its key in PEM")]
    [InlineData("check", null, "are not a certificate and its key in PEM")]
    public async Task Certificate_CannotBeUsed_IsSaidAndExits1(string command, string? missing, string reason)
    {
        var files = new Dictionary<string, string>(TestCertificate.SelfSigned().Files)
        {
            ["key.pem"] = TestCertificate.SelfSigned().KeyPem,
            ["config.yaml"] = TestCertificate.Yaml,
        };
        if (missing is not null) files.Remove(missing);

        var ended = await GatewayProcess.RunAsync(GatewayStart.Command(command) with { Files = files });

        Assert.Equal(1, ended.Code);
        Assert.Contains("server.tls", ended.Errors, StringComparison.Ordinal);
        Assert.Contains(reason, ended.Errors, StringComparison.Ordinal);
        Assert.Contains(ended.Directory, ended.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(" at ", ended.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Executable_WithVariables_ServesHttpsAndSaysSo()
    {
        var certificate = TestCertificate.SelfSigned();
        var start = GatewayStart.Serving(variables: [("TLS_CERTIFICATE", "cert.pem"), ("TLS_KEY", "key.pem")]);
        await using var gateway = await GatewayProcess.ServeAsync(start with { Files = certificate.Files });

        Assert.Equal("https", gateway.Url.Scheme);
        Assert.Equal(certificate.Thumbprint, await TlsClient.LookAsync(gateway.Url));
        await gateway.WaitForLineAsync($"curl -k https://localhost:{gateway.Url.Port}/v1/chat");
    }

    [Fact]
    public async Task Cleartext_OnTheCallersPort_IsHttp1Only()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var client = new TlsClient(gateway.Url, HttpVersion.Version20);

        await Assert.ThrowsAsync<HttpRequestException>(() => client.Http.GetAsync("/healthz"));
        using var response = await gateway.Client.GetAsync("/healthz");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Cleartext_OnThePortForIt_IsHttp2()
    {
        await using var gateway = await TestGateway.StartAsync("server:\n  h2c_port: 0");
        using var client = new TlsClient(gateway.Urls[1], HttpVersion.Version20);

        using var response = await client.Http.GetAsync("/v1/models");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(HttpVersion.Version20, response.Version);
    }

    private static Task<TestGateway> StartAsync(TestCertificate certificate) =>
        TestGateway.StartAsync(TestCertificate.Yaml, files: certificate.Files);

    private static async Task WriteAsync(TestGateway gateway, TestCertificate certificate)
    {
        foreach (var (name, text) in certificate.Files) await File.WriteAllTextAsync(Path.Combine(gateway.Directory, name), text);
    }
}
