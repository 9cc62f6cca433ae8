using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Door;

/// <summary><c>server.limits</c>: what is over one of them is answered and closed, and what is not goes through.</summary>
public sealed class ConnectionLimitTests
{
    [Theory]
    [InlineData(900, 200)]
    [InlineData(1100, 414)]
    public async Task RequestLine_Long_Is414OnlyBeyondTheLimit(int length, int status)
    {
        await using var gateway = await StartAsync("request_line_bytes: 1024");

        var answer = await RawHttp.SendAsync(gateway.Url, $"GET /healthz?{new string('x', length)} HTTP/1.1\r\nHost: x\r\n\r\n");

        AssertStatus(status, answer);
        if (status != 200) AssertClosedWithoutBody(answer);
    }

    [Theory]
    [InlineData(1000, 200)]
    [InlineData(6000, 431)]
    public async Task Headers_Large_Are431OnlyBeyondTheLimit(int length, int status)
    {
        await using var gateway = await StartAsync("header_bytes: 4096");

        var answer = await RawHttp.SendAsync(gateway.Url, $"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: {new string('x', length)}\r\n\r\n");

        AssertStatus(status, answer);
        if (status != 200) AssertClosedWithoutBody(answer);
    }

    [Theory]
    [InlineData(9, 200)]
    [InlineData(10, 431)]
    public async Task Headers_Many_Are431OnlyBeyondTheLimit(int count, int status)
    {
        await using var gateway = await StartAsync("headers: 10");
        var headers = string.Concat(Enumerable.Range(0, count).Select(i => $"X-{i}: y\r\n"));

        var answer = await RawHttp.SendAsync(gateway.Url, $"GET /healthz HTTP/1.1\r\nHost: x\r\n{headers}\r\n");

        AssertStatus(status, answer);
        if (status != 200) AssertClosedWithoutBody(answer);
    }

    [Fact]
    public async Task Headers_ThatDoNotEnd_Are408()
    {
        await using var gateway = await StartAsync("header_timeout: 0.5");
        using var caller = await RawCaller.ConnectAsync(gateway.Url);

        await caller.SendAsync("GET /healthz HTTP/1.1\r\nHost: x\r\nX-");
        var answer = await caller.ReadToEndAsync();

        AssertStatus(408, answer);
        AssertClosedWithoutBody(answer);
    }

    [Fact]
    public async Task Connection_Idle_IsClosed()
    {
        // Long enough for the request to come before it is over, on any machine.
        await using var gateway = await StartAsync("keepalive_timeout: 4");
        using var caller = await RawCaller.ConnectAsync(gateway.Url);

        await caller.SendAsync("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
        var answer = await caller.ReadToEndAsync();

        AssertStatus(200, answer);
        Assert.EndsWith("{\"status\":\"ok\"}", answer, StringComparison.Ordinal);
    }

    // The request's head was whole: this error is the gateway's own, with its body.
    [Fact]
    public async Task Body_ThatDoesNotCome_Is408InOpenAisShape()
    {
        await using var gateway = await StartAsync("body_rate: 1000, body_grace: 1.5");
        using var caller = await RawCaller.ConnectAsync(gateway.Url);

        await caller.SendAsync("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{");
        var answer = await caller.ReadToEndAsync();

        AssertStatus(408, answer);
        Assert.Equal("close", RawHttp.Header(answer, "Connection"));
        Assert.Contains("\"code\":\"request_timeout\"", answer, StringComparison.Ordinal);
        Assert.NotNull(RawHttp.Header(answer, "X-Request-ID"));
    }

    [Fact]
    public async Task Body_ThatComesSlowlyEnough_IsTaken()
    {
        await using var gateway = await StartAsync("body_rate: 0");
        using var caller = await RawCaller.ConnectAsync(gateway.Url);
        var json = TestGateway.Chat("hello");

        await caller.SendAsync($"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {json.Length}\r\n\r\n");
        foreach (var c in json) await caller.SendAsync(c.ToString());

        AssertStatus(200, await caller.ReadToEndAsync());
    }

    // It does not read, and so much was to be sent that the kernel does not take it.
    [Fact]
    public async Task Answer_ThatIsNotRead_IsGivenUp()
    {
        await using var upstream = ScriptedUpstream.Start(Scripts.Stream(new string('x', 100)));
        upstream.Script = async exchange =>
        {
            await exchange.StartSseAsync();
            await exchange.EventAsync(ChatJson.RoleChunk());
            var piece = ChatJson.ContentChunk(new string('x', 30_000));
            while (!exchange.Over) await exchange.EventAsync(piece);
        };
        await using var gateway = await TestGateway.StartAsync(
            $"server:\n  limits: {{ response_rate: 1000000000, response_grace: 1.5 }}\ndefault_backend: remote\nbackends: [{{ name: remote, url: '{upstream.Url}' }}]");
        using var caller = await RawCaller.ConnectAsync(gateway.Url, receiveBuffer: 4096);

        await caller.PostAsync("/v1/chat/completions", TestGateway.Chat("hello", ",\"stream\":true"));

        await upstream.WaitForAbortedAsync();
        await gateway.WaitForLogAsync("status=499");
    }

    [Fact]
    public async Task Connections_AllTaken_AreRefusedUntilOneIsFreeButNotAtTheAdminPort()
    {
        await using var gateway = await TestGateway.StartAsync("server:\n  admin_port: 0\n  limits: { connections: 3 }");
        var callers = new List<RawCaller>();
        for (var i = 0; i < 3; i++) callers.Add(await AskAsync(gateway.Url));

        Assert.False(await IsAnsweredAsync(gateway.Url));
        await gateway.WaitForLogAsync("All 3 connections are taken (server.limits.connections)");
        using var administrator = await AskAsync(gateway.Urls[^1]);

        callers[0].Close();
        // The gateway notices a moment later that it has left.
        while (!await IsAnsweredAsync(gateway.Url)) await Task.Yield();
        foreach (var caller in callers) caller.Dispose();
    }

    // What the server says of itself is what it holds callers to (RFC 9113, 5.1.2).
    [Fact]
    public async Task Http2_StreamsAtATime_AreAnnounced()
    {
        await using var gateway = await TestGateway.StartAsync("server:\n  h2c_port: 0\n  limits: { http2_streams: 7 }");
        using var caller = await RawCaller.ConnectAsync(gateway.Urls[1]);

        // The preface, and empty settings of the caller's own.
        await caller.SendAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0");

        // SETTINGS_MAX_CONCURRENT_STREAMS is 3.
        await caller.ReadUntilAsync("\0\u0003\0\0\0\u0007");
    }

    private static Task<TestGateway> StartAsync(string limits) => TestGateway.StartAsync($"server:\n  limits: {{ {limits} }}");

    private static async Task<RawCaller> AskAsync(Uri url)
    {
        var caller = await RawCaller.ConnectAsync(url);
        await caller.SendAsync("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
        await caller.ReadUntilAsync("ok");
        return caller;
    }

    private static async Task<bool> IsAnsweredAsync(Uri url)
    {
        try
        {
            (await AskAsync(url)).Dispose();
            return true;
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            return false;
        }
    }

    private static void AssertStatus(int status, string answer) =>
        Assert.True(answer.StartsWith($"HTTP/1.1 {status} ", StringComparison.Ordinal), answer);

    // The server answers these before there is a request that the gateway could answer.
    private static void AssertClosedWithoutBody(string answer)
    {
        Assert.Equal("close", RawHttp.Header(answer, "Connection"));
        Assert.Equal("0", RawHttp.Header(answer, "Content-Length"));
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
    }
}
