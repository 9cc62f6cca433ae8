using System.Net;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Door;

/// <summary><c>server.admin_port</c>: administration behind a door of its own, and callers behind theirs.</summary>
public sealed class AdminPortTests
{
    private const string Yaml = "server:\n  api_key: caller-sekret\n  admin_key: admin-sekret\n  admin_port: 0";

    [Theory]
    [InlineData("/admin/backends")]
    [InlineData("/admin/nothing")]
    [InlineData("/admin")]
    public async Task Admin_OnTheCallersPort_IsNotThere(string path)
    {
        await using var gateway = await TestGateway.StartAsync(Yaml);

        using var response = await GetAsync(gateway, gateway.Url, path, "admin-sekret");

        await response.AssertErrorAsync(404, "not_found");
        Assert.Empty(response.Headers.WwwAuthenticate);
    }

    [Theory]
    [InlineData("admin-sekret", HttpStatusCode.OK)]
    [InlineData("caller-sekret", HttpStatusCode.Unauthorized)]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    public async Task Admin_OnItsPort_WantsTheAdminKey(string? key, HttpStatusCode status)
    {
        await using var gateway = await TestGateway.StartAsync(Yaml);

        using var response = await GetAsync(gateway, gateway.Urls[^1], "/admin/backends", key);

        Assert.Equal(status, response.StatusCode);
    }

    [Theory]
    [InlineData("caller-sekret")]
    [InlineData("admin-sekret")]
    public async Task Api_OnTheAdminPort_IsNotThere(string key)
    {
        await using var gateway = await TestGateway.StartAsync(Yaml);

        using var response = await GetAsync(gateway, gateway.Urls[^1], "/v1/models", key);

        await response.AssertErrorAsync(404, "not_found");
    }

    [Theory]
    [InlineData("/healthz")]
    [InlineData("/readyz")]
    [InlineData("/metrics")]
    public async Task Operations_AreBehindBoth(string path)
    {
        await using var gateway = await TestGateway.StartAsync(Yaml);
        foreach (var url in gateway.Urls)
        {
            using var response = await GetAsync(gateway, url, path, key: null);

            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        Assert.Equal(2, gateway.Urls.Count);
    }

    [Fact]
    public async Task AdminPort_WithTls_HasItToo()
    {
        var certificate = TestCertificate.SelfSigned();
        await using var gateway = await TestGateway.StartAsync(TestCertificate.Yaml + "  admin_port: 0", files: certificate.Files);

        Assert.All(gateway.Urls, url => Assert.Equal("https", url.Scheme));
        Assert.Equal(certificate.Thumbprint, await TlsClient.LookAsync(gateway.Urls[^1]));
    }

    [Fact]
    public async Task Executable_WithVariables_SaysWhereAdministrationIs()
    {
        await using var gateway = await GatewayProcess.ServeAsync(GatewayStart.Serving(
            variables: [("ADMIN_KEY", "admin-sekret"), ("ADMIN_PORT", "0"), ("ADMIN_HOST", "127.0.0.1")]));

        var line = await gateway.WaitForLineAsync("Administration: http");
        var url = new Uri(line["Administration: ".Length..]);
        using var request = new HttpRequestMessage(HttpMethod.Get, url + "/backends");
        request.Headers.Authorization = new("Bearer", "admin-sekret");
        using var response = await gateway.Client.SendAsync(request);

        Assert.NotEqual(gateway.Url.Port, url.Port);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static async Task<HttpResponseMessage> GetAsync(TestGateway gateway, Uri url, string path, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(url, path));
        if (key is not null) request.Headers.Authorization = new("Bearer", key);
        return await gateway.Client.SendAsync(request);
    }
}
