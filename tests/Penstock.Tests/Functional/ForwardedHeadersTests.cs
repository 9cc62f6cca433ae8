using System.Globalization;
using System.Net;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>Which headers of a request reach the backend.</summary>
public sealed class ForwardedHeadersTests : UpstreamTest
{
    [Fact]
    public async Task EndToEndHeaders_PassWithTheirValues()
    {
        await using var gateway = await StartAsync();
        using var caller = await RawCaller.ConnectAsync(gateway.Url);

        await caller.PostAsync("/v1/chat/completions?api-version=1&x=%2F", TestGateway.Chat("x"),
            "User-Agent: odd/1 (x; y) z\r\nOpenAI-Organization: org\r\nX-Custom: a,b ;c=\"d\"\r\nX-Name: Jürgen\r\nX-Empty:\r\n"
            + "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\ntracestate: v=1\r\nAccept: text/event-stream\r\n"
            + "Content-Language: de\r\nX-Twice: 1\r\nX-Twice: 2\r\nConnection: close\r\n");
        await caller.ReadToEndAsync();

        var request = await Upstream.WaitForRequestAsync();
        Assert.Equal("/v1/chat/completions?api-version=1&x=%2F", request.Target);
        Assert.Equal("odd/1 (x; y) z", request.Header("User-Agent"));
        Assert.Equal("org", request.Header("OpenAI-Organization"));
        Assert.Equal("a,b ;c=\"d\"", request.Header("X-Custom"));
        // The upstream's head is kept as Latin-1, one character a byte.
        Assert.Equal("J\u00C3\u00BCrgen", request.Header("X-Name"));
        Assert.Equal("", request.Header("X-Empty"));
        Assert.Equal("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", request.Header("traceparent"));
        Assert.Equal("v=1", request.Header("tracestate"));
        Assert.Equal("text/event-stream", request.Header("Accept"));
        Assert.Equal("de", request.Header("Content-Language"));
        Assert.Equal("1, 2", string.Join(", ", request.HeaderValues("X-Twice")));
    }

    [Fact]
    public async Task HopByHopHeaders_AndThoseNamedInConnection_DoNotPass()
    {
        await using var gateway = await StartAsync();
        using var caller = await RawCaller.ConnectAsync(gateway.Url);

        await caller.PostAsync("/v1/chat/completions", TestGateway.Chat("x"),
            "Connection: X-Unknown, X-Hop\r\nConnection: x-other-hop\r\nX-Hop: 1\r\nX-Other-Hop: 1\r\nKeep-Alive: timeout=5\r\n"
            + "Proxy-Connection: keep-alive\r\nProxy-Authorization: Basic x\r\nTE: trailers\r\nUpgrade: websocket\r\n"
            + "Trailer: X-Sum\r\nCookie: session=1\r\nAccept-Encoding: gzip, br\r\nX-Stays: 1\r\n");
        await caller.ReadUntilAsync("Hello from upstream");

        var request = await Upstream.WaitForRequestAsync();
        Assert.Equal("1", request.Header("X-Stays"));
        foreach (var name in (string[])["Connection", "X-Hop", "X-Other-Hop", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization",
            "TE", "Upgrade", "Trailer", "Cookie", "Transfer-Encoding", "Expect"])
            Assert.True(request.HeaderValues(name).Count == 0, name);
        Assert.Equal("identity", request.Header("Accept-Encoding"));
        Assert.Equal(request.Body.Length.ToString(CultureInfo.InvariantCulture), request.Header("Content-Length"));
        Assert.Equal("application/json", request.Header("Content-Type"));
    }

    [Fact]
    public async Task Host_IsTheUpstreams()
    {
        await using var gateway = await StartAsync();

        using var response = await gateway.ChatAsync("x", ("Host", "somewhere.else"));

        Assert.Equal(new Uri(Upstream.Url).Authority, (await Upstream.WaitForRequestAsync()).Header("Host"));
    }

    [Theory]
    [InlineData(null, null, "Bearer callers")]
    [InlineData(null, "backends", "Bearer backends")]
    [InlineData("callers", null, null)]
    [InlineData("callers", "backends", "Bearer backends")]
    public async Task Authorization_IsTheBackendsKey_OrTheCallersWhereNobodyHasOne(string? gatewayKey, string? backendKey, string? expected)
    {
        var variables = gatewayKey is null ? null : new Dictionary<string, string> { ["API_KEY"] = gatewayKey };
        await using var gateway = await StartAsync(backendKey is null ? "" : $"    api_key: {backendKey}", variables);

        using var response = await gateway.ChatAsync("x", ("Authorization", "Bearer callers"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(expected, (await Upstream.WaitForRequestAsync()).Header("Authorization"));
    }

    [Fact]
    public async Task Authorization_OfNobody_IsNotInvented()
    {
        await using var gateway = await StartAsync();

        using var response = await gateway.ChatAsync();

        Assert.Null((await Upstream.WaitForRequestAsync()).Header("Authorization"));
    }

    [Fact]
    public async Task ExtraHeaders_AreAddedAndReplaceTheCallers()
    {
        await using var gateway = await StartAsync("    headers: { X-Team: search, X-Both: mine, Content-Language: fr, User-Agent: penstock }");

        using var response = await gateway.ChatAsync("x", ("X-Both", "callers"), ("User-Agent", "caller"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var request = await Upstream.WaitForRequestAsync();
        Assert.Equal("search", request.Header("X-Team"));
        Assert.Equal("mine", request.Header("X-Both"));
        Assert.Equal("fr", request.Header("Content-Language"));
        Assert.Equal("penstock", request.Header("User-Agent"));
    }

    [Theory]
    [InlineData("X-Request-ID", "callers-id", true)]
    [InlineData("Request-Id", "other-name", true)]
    [InlineData("X-Request-ID", "not visible", false)]
    public async Task RequestId_IsSentUpstreamOnce_AndComesBack(string header, string id, bool isTaken)
    {
        await using var gateway = await StartAsync();

        using var response = await gateway.ChatAsync("x", (header, id));

        var answered = Assert.Single(response.Headers.GetValues("X-Request-ID"));
        Assert.Equal(isTaken, answered == id);
        Assert.True(isTaken || Guid.TryParse(answered, out _));
        Assert.Equal(answered, (await Upstream.WaitForRequestAsync()).Header("X-Request-ID"));
        Assert.Contains($"\"id\":\"{answered}\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private Task<TestGateway> StartAsync(string more = "", IReadOnlyDictionary<string, string>? variables = null) =>
        TestGateway.StartAsync(
            $"""
            default_backend: remote
            backends:
              - name: remote
                type: http
                url: {Upstream.Url}
            {more}
            """, variables);
}
