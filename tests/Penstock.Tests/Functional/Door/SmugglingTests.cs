using Xunit;

namespace Penstock.Tests.Functional.Door;

/// <summary>
/// Requests whose end is a matter of opinion. The gateway has one opinion or none: what is ambiguous is refused and the
/// connection closed, and what goes to a backend is framed anew.
/// </summary>
public sealed class SmugglingTests : UpstreamTest
{
    private const string Head = "POST /v1/chat/completions HTTP/1.1\r\nHost: gateway.test\r\nContent-Type: application/json\r\n";
    private const string Smuggled = "GET /smuggled HTTP/1.1\r\nHost: gateway.test\r\n\r\n";
    private static readonly string Json = TestGateway.Chat("hello");
    private static readonly string Chunked = $"{Json.Length:x}\r\n{Json}\r\n0\r\n\r\n";

    [Theory]
    [InlineData("Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!")]
    [InlineData("Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("Content-Length: 5, 5\r\n\r\nhello")]
    [InlineData("Content-Length: -5\r\n\r\nhello")]
    [InlineData("Content-Length: 0x5\r\n\r\nhello")]
    [InlineData("Content-Length: 5 5\r\n\r\nhello")]
    [InlineData("Content-Length: \r\n\r\nhello")]
    [InlineData("Content-Length: 99999999999999999999\r\n\r\nhello")]
    [InlineData("Content-Length : 5\r\n\r\nhello")]
    [InlineData("Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: identity\r\n\r\nhello")]
    [InlineData("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n")]
    [InlineData("X-Folded: a\r\n b\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("X-Folded: a\r\n\tTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("Host: other.test\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("X-Nul: a\0b\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("X-Bare: a\rTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF1\r\nhello\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n")]
    public async Task Framing_Ambiguous_IsRefusedAndTheConnectionClosed(string rest)
    {
        var answer = await SendAsync(Head + rest + Smuggled);

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        AssertOneAnswerAndNothingSmuggled(answer);
        Assert.Empty(Upstream.Requests);
    }

    // RFC 9112, 6.3: the encoding counts, and the connection ends with the answer, whoever may have counted differently.
    [Theory]
    [InlineData("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n")]
    public async Task Framing_LengthAndEncoding_IsReadByTheEncodingAndEndsTheConnection(string framing)
    {
        var answer = await SendAsync(Head + framing + Chunked + Smuggled);

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        AssertOneAnswerAndNothingSmuggled(answer);
        var forwarded = Assert.Single(Upstream.Requests);
        Assert.Equal(Json, forwarded.BodyText);
        Assert.Equal([$"{Json.Length}"], forwarded.HeaderValues("Content-Length"));
        Assert.DoesNotContain(forwarded.Headers, h => h.Value == "4");
    }

    [Theory]
    [InlineData("transfer-encoding: CHUNKED\r\nConnection: close\r\n\r\n")]
    [InlineData("Transfer-Encoding:chunked\r\nConnection: close\r\n\r\n")]
    public async Task Framing_Chunked_GoesToTheBackendWithALengthInstead(string framing)
    {
        var answer = await SendAsync(Head + framing + Chunked + Smuggled);

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        AssertOneAnswerAndNothingSmuggled(answer);
        var forwarded = Assert.Single(Upstream.Requests);
        Assert.Equal(Json, forwarded.BodyText);
        Assert.Equal($"{Json.Length}", forwarded.Header("Content-Length"));
        Assert.Null(forwarded.Header("Transfer-Encoding"));
    }

    // A length that is longer than what was meant swallows what follows: it is the body's, wherever it says GET.
    [Fact]
    public async Task Body_WithARequestInIt_IsABody()
    {
        var body = TestGateway.Chat("GET /smuggled HTTP/1.1\\r\\nHost: gateway.test\\r\\n\\r\\n");

        var answer = await SendAsync($"{Head}Connection: close\r\nContent-Length: {body.Length}\r\n\r\n{body}");

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Equal(body, Assert.Single(Upstream.Requests).BodyText);
    }

    [Theory]
    [InlineData("POST /v1/chat/completions HTTP/1.1\nHost: x\nContent-Type: application/json\nContent-Length: 5\n\nhello")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nX-A: b\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello")]
    public async Task LineEnds_Bare_NeverMakeTwoRequests(string request)
    {
        var answer = await SendAsync(request + Smuggled);

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        AssertOneAnswerAndNothingSmuggled(answer);
        Assert.Empty(Upstream.Requests);
    }

    private async Task<string> SendAsync(string request)
    {
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));
        using var caller = await RawCaller.ConnectAsync(gateway.Url);
        await caller.SendAsync(request);
        return await caller.ReadToEndAsync();
    }

    private void AssertOneAnswerAndNothingSmuggled(string answer)
    {
        Assert.Equal(2, answer.Split("HTTP/1.1 ").Length);
        Assert.DoesNotContain("/smuggled", answer, StringComparison.Ordinal);
        Assert.Equal("close", RawHttp.Header(answer, "Connection"));
        Assert.Empty(Upstream.Gets);
    }
}
