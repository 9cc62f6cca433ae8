using System.Net;
using Xunit;

namespace Penstock.Tests.Functional;

public sealed class AuthTests
{
    [Theory]
    [InlineData("API_KEY", "sekret")]
    [InlineData("API_KEY", "Bearer sekret")]
    [InlineData("AUTHORIZATION", "sekret")]
    [InlineData("AUTHORIZATION", "Bearer sekret")]
    public async Task Chat_RightKey_IsAnswered(string variable, string value)
    {
        await using var gateway = await StartAsync(variable, value);

        using var response = await gateway.ChatAsync("hi", ("Authorization", "Bearer sekret"));
        using var lower = await gateway.ChatAsync("hi", ("authorization", "bearer sekret"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(HttpStatusCode.OK, lower.StatusCode);
    }

    [Fact]
    public async Task Api_WithoutTheKey_Is401Everywhere()
    {
        (string Method, string Path)[] routes =
        [
            ("POST", "/v1/chat/completions"), ("POST", "/v1/completions"), ("POST", "/v1/embeddings"), ("POST", "/v1/audio/speech"),
            ("GET", "/v1/models"), ("GET", "/v1/models/echo"), ("GET", "/v1/nowhere"), ("HEAD", "/v1/models"), ("GET", "/V1/Models"),
        ];
        foreach (var (method, path) in routes)
        {
            // One gateway would answer 429 after so many failures from one address.
            await using var gateway = await StartAsync("API_KEY", "sekret");
            foreach (var credential in (string?[])[null, "Bearer wrong", "Basic sekret", "sekret", "Bearer", "Bearer sekret,x"])
            {
                var request = new HttpRequestMessage(new HttpMethod(method), path);
                if (credential is not null) request.Headers.TryAddWithoutValidation("Authorization", credential);
                using var response = await gateway.Client.SendAsync(request);

                Assert.True(HttpStatusCode.Unauthorized == response.StatusCode, $"{method} {path} {credential}: {response.StatusCode}");
                Assert.StartsWith("Bearer", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
                if (method != "HEAD") await response.AssertErrorAsync(401, "invalid_api_key", type: "authentication_error");
            }
        }
    }

    [Fact]
    public async Task Api_KeyTwice_Is401()
    {
        await using var gateway = await StartAsync("API_KEY", "sekret");

        var answer = await RawHttp.SendAsync(gateway.Url,
            "GET /v1/models HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer sekret\r\nAuthorization: Bearer wrong\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 401", answer, StringComparison.Ordinal);
    }

    // Probes and scrapers carry no key.
    [Theory]
    [InlineData("/healthz")]
    [InlineData("/readyz")]
    [InlineData("/metrics")]
    public async Task Get_Operations_StayOpen(string path)
    {
        await using var gateway = await StartAsync("API_KEY", "sekret");

        using var response = await gateway.Client.GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Chat_NoKeyConfigured_TakesAnyCredential()
    {
        await using var gateway = await TestGateway.StartAsync();

        using var response = await gateway.ChatAsync("hi", ("Authorization", "Basic eDp5"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Log_RefusedCredential_IsNotInIt()
    {
        await using var gateway = await StartAsync("API_KEY", "sekret");
        using var response = await gateway.ChatAsync("private words", ("Authorization", "Bearer g-u-e-s-s"), ("X-Request-ID", "r-401"));

        var line = await gateway.WaitForLogAsync("id=r-401");

        Assert.Contains("status=401 error=invalid_api_key", line, StringComparison.Ordinal);
        Assert.DoesNotContain("g-u-e-s-s", gateway.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("sekret", gateway.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("private words", gateway.Log, StringComparison.Ordinal);
    }

    private static Task<TestGateway> StartAsync(string variable, string value) =>
        TestGateway.StartAsync(variables: new Dictionary<string, string> { [variable] = value });
}
