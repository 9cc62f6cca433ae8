using System.Net;
using Xunit;

namespace Penstock.Tests.Functional;

public sealed class SurfaceTests(EchoGateway echo) : IClassFixture<EchoGateway>
{
    private static readonly string[] Posts =
        ["/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses", "/v1/rerank", "/v1/moderations", "/v1/audio/speech", "/v1/images/edits"];

    private static readonly string[] Gets = ["/v1/models", "/v1/models/echo", "/healthz", "/readyz", "/metrics"];

    private readonly TestGateway _gateway = echo.Gateway;

    public static TheoryData<string, string, string> WrongMethods
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (var path in Posts)
            {
                foreach (var method in (string[])["GET", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"]) data.Add(method, path, "POST");
            }

            foreach (var path in Gets)
            {
                foreach (var method in (string[])["POST", "PUT", "DELETE", "OPTIONS"]) data.Add(method, path, "GET, HEAD");
            }

            return data;
        }
    }

    public static TheoryData<string> GetPaths => [.. Gets];

    [Theory]
    [InlineData("/healthz", "{\"status\":\"ok\"}")]
    [InlineData("/readyz", "{\"status\":\"ready\"}")]
    public async Task Get_Health_Answers(string path, string expected)
    {
        using var response = await _gateway.Client.GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        Assert.Equal(expected, await response.Content.ReadAsStringAsync());
        Assert.NotEmpty(response.Headers.GetValues("X-Request-ID"));
    }

    [Theory]
    [InlineData("GET", "/")]
    [InlineData("GET", "/v1")]
    [InlineData("POST", "/v1/")]
    [InlineData("GET", "/v1/nope")]
    [InlineData("POST", "/v1/chat")]
    [InlineData("POST", "/v1/chat/completions/extra")]
    [InlineData("PUT", "/v2/models")]
    [InlineData("DELETE", "/favicon.ico")]
    [InlineData("OPTIONS", "/anything/at/all")]
    [InlineData("GET", "/a%22b%0A%C3%A9")]
    public async Task Send_UnknownRoute_Is404(string method, string path)
    {
        using var response = await _gateway.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        var message = await response.AssertErrorAsync(404, "not_found");
        Assert.Contains(Uri.UnescapeDataString(path), message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(WrongMethods))]
    public async Task Send_WrongMethod_Is405WithAllow(string method, string path, string allow)
    {
        using var response = await _gateway.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        await response.AssertErrorAsync(405, "method_not_allowed");
        Assert.Equal(allow, string.Join(", ", response.Content.Headers.Allow));
    }

    [Theory]
    [MemberData(nameof(GetPaths))]
    public async Task Head_WhatCanBeGot_HasTheHeadersOnly(string path)
    {
        using var got = await _gateway.Client.GetAsync(path);
        using var response = await _gateway.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(got.Content.Headers.ContentType, response.Content.Headers.ContentType);
        Assert.True(response.Content.Headers.ContentLength > 0);
        Assert.NotEmpty(response.Headers.GetValues("X-Request-ID"));
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("/nowhere", HttpStatusCode.NotFound)]
    [InlineData("/v1/nowhere", HttpStatusCode.NotFound)]
    [InlineData("/v1/chat/completions", HttpStatusCode.MethodNotAllowed)]
    [InlineData("/v1/models/nothing", HttpStatusCode.NotFound)]
    public async Task Head_Error_HasNoBody(string path, HttpStatusCode status)
    {
        using var response = await _gateway.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));

        Assert.Equal(status, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
        Assert.NotEmpty(response.Headers.GetValues("X-Request-ID"));
    }

    // An echo backend says which of OpenAI's routes it has no answer for.
    [Theory]
    [InlineData("/v1/responses")]
    [InlineData("/v1/rerank")]
    [InlineData("/v1/moderations")]
    [InlineData("/v1/audio/speech")]
    [InlineData("/v1/images/generations")]
    public async Task Post_RouteThatEchoLacks_Is404ThatSaysWhy(string path)
    {
        using var response = await _gateway.PostAsync(path, """{"model":"m"}""");

        var message = await response.AssertErrorAsync(404, "not_found");
        Assert.Contains(path, message, StringComparison.Ordinal);
        Assert.Contains("type: http", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/audio/../chat")]
    [InlineData("/v1/audio/%2e%2e/models")]
    [InlineData("/v1/images/a//b")]
    [InlineData("/v1/images/a%00b")]
    [InlineData("/v1/audio/a%2Fb")]
    public async Task Post_PathThatLeadsElsewhere_GoesNowhere(string path)
    {
        var answer = await RawHttp.SendAsync(_gateway.Url,
            $"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}");

        Assert.Matches("^HTTP/1.1 40[045]", answer);
    }

    [Fact]
    public async Task Get_AnyServer_DoesNotSayWhatItIs()
    {
        using var response = await _gateway.Client.GetAsync("/healthz");

        Assert.Empty(response.Headers.Server);
    }
}
