using System.Net;
using Xunit;

namespace Penstock.Tests.Functional.Door;

/// <summary><c>server.cors</c>: pages that are named may call, and all others find the door as it was.</summary>
public sealed class CorsTests
{
    private const string Page = "https://app.example.com";
    private const string Named = "server:\n  api_key: sekret\n  cors: { origins: [https://app.example.com, 'http://localhost:3000'] }";
    private const string Anyone = "server:\n  api_key: sekret\n  cors: { origins: ['*'] }";

    [Theory]
    [InlineData("/v1/chat/completions", "POST")]
    [InlineData("/v1/models", "GET, HEAD")]
    [InlineData("/v1/models/a/b", "GET, HEAD")]
    [InlineData("/v1/audio/speech", "POST")]
    public async Task Preflight_OfANamedPage_IsAnsweredWithoutAKey(string path, string methods)
    {
        await using var gateway = await TestGateway.StartAsync(Named);

        using var response = await PreflightAsync(gateway, path, Page);

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal(Page, Answers.HeaderOf(response, "Access-Control-Allow-Origin"));
        Assert.Equal(methods, Answers.HeaderOf(response, "Access-Control-Allow-Methods"));
        Assert.Contains("Authorization", Answers.HeaderOf(response, "Access-Control-Allow-Headers"), StringComparison.Ordinal);
        Assert.Equal("600", Answers.HeaderOf(response, "Access-Control-Max-Age"));
        Assert.Equal("Origin", Answers.HeaderOf(response, "Vary"));
        Assert.Null(Answers.HeaderOf(response, "Access-Control-Allow-Credentials"));
    }

    [Fact]
    public async Task Preflight_IsNoCall()
    {
        await using var gateway = await TestGateway.StartAsync(Named);

        using var response = await PreflightAsync(gateway, "/v1/chat/completions", Page);
        var metrics = (await (await gateway.Client.GetAsync("/metrics")).JsonAsync()).GetProperty("request_count").GetInt64();

        Assert.Equal(0, metrics);
    }

    [Theory]
    [InlineData(null, Page)]
    [InlineData(Named, "https://evil.example.com")]
    [InlineData(Named, "https://app.example.com.evil.com")]
    [InlineData(Named, "https://app.example.com:8443")]
    [InlineData(Named, "http://app.example.com")]
    [InlineData(Named, "HTTPS://APP.EXAMPLE.COM")]
    [InlineData(Named, "null")]
    [InlineData(Named, "")]
    public async Task Page_ThatIsNotNamed_GetsNoLeave(string? yaml, string origin)
    {
        await using var gateway = await TestGateway.StartAsync(yaml);

        using var preflight = await PreflightAsync(gateway, "/v1/chat/completions", origin);
        using var call = await gateway.ChatAsync("hi", ("Origin", origin), ("Authorization", "Bearer sekret"));

        await preflight.AssertErrorAsync(405, "method_not_allowed");
        Assert.Equal(HttpStatusCode.OK, call.StatusCode);
        foreach (var response in (HttpResponseMessage[])[preflight, call])
            Assert.DoesNotContain(response.Headers, h => h.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("Bearer sekret", 200)]
    [InlineData("Bearer wrong", 401)]
    public async Task Call_OfANamedPage_CanBeReadWhateverItsStatus(string key, int status)
    {
        await using var gateway = await TestGateway.StartAsync(Named);

        using var response = await gateway.ChatAsync("hi", ("Origin", "http://localhost:3000"), ("Authorization", key));

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("http://localhost:3000", Answers.HeaderOf(response, "Access-Control-Allow-Origin"));
        Assert.Equal("Origin", Answers.HeaderOf(response, "Vary"));
        var exposed = Answers.HeaderOf(response, "Access-Control-Expose-Headers");
        foreach (var header in (string[])["X-Request-ID", "X-Backend", "Retry-After", "x-ratelimit-limit-requests", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"])
            Assert.Contains(header, exposed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Anyone_MayCallButNeverWithCredentials()
    {
        await using var gateway = await TestGateway.StartAsync(Anyone);

        using var preflight = await PreflightAsync(gateway, "/v1/chat/completions", "https://any.example");
        using var call = await gateway.ChatAsync("hi", ("Origin", "https://any.example"), ("Authorization", "Bearer sekret"));

        Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
        foreach (var response in (HttpResponseMessage[])[preflight, call])
        {
            Assert.Equal("*", Answers.HeaderOf(response, "Access-Control-Allow-Origin"));
            Assert.Null(Answers.HeaderOf(response, "Access-Control-Allow-Credentials"));
        }
    }

    // No page has any business there.
    [Theory]
    [InlineData("/admin/backends")]
    [InlineData("/metrics")]
    [InlineData("/healthz")]
    public async Task Operations_AreForNoPage(string path)
    {
        await using var gateway = await TestGateway.StartAsync(Anyone, new Dictionary<string, string> { ["ADMIN_KEY"] = "admin-sekret" });

        using var preflight = await PreflightAsync(gateway, path, Page);

        Assert.NotEqual(HttpStatusCode.NoContent, preflight.StatusCode);
        Assert.Null(Answers.HeaderOf(preflight, "Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Reload_WithoutThePage_ShutsItOut()
    {
        await using var gateway = await TestGateway.StartAsync(Named);

        await File.WriteAllTextAsync(gateway.ConfigFile, "server:\n  api_key: sekret");
        Assert.True(gateway.Get<Penstock.Runtime.GatewayRuntime>().TryReload());
        using var response = await PreflightAsync(gateway, "/v1/chat/completions", Page);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }

    private static async Task<HttpResponseMessage> PreflightAsync(TestGateway gateway, string path, string origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, path);
        request.Headers.TryAddWithoutValidation("Origin", origin);
        request.Headers.TryAddWithoutValidation("Access-Control-Request-Method", "POST");
        request.Headers.TryAddWithoutValidation("Access-Control-Request-Headers", "authorization,content-type,x-stainless-os");
        return await gateway.Client.SendAsync(request);
    }
}
