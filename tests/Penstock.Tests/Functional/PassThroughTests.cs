using System.Net;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>Answers that the gateway does not look into, and the paths that it lets through to them.</summary>
public sealed class PassThroughTests : UpstreamTest
{
    private const string Request = """{"model":"m","input":"x"}""";

    [Theory]
    [InlineData("/v1/audio/speech", "audio/mpeg")]
    [InlineData("/v1/images/generations", "image/png")]
    [InlineData("/v1/audio/transcriptions", "text/plain; charset=utf-8")]
    [InlineData("/v1/audio/x/y-z_1", "application/octet-stream")]
    public async Task Binary_PassesByteForByte(string path, string type)
    {
        var bytes = new byte[300_000];
        new Random(3).NextBytes(bytes);
        Upstream.Script = e => e.AnswerAsync(200, type, bytes, ("x-ratelimit-remaining-requests", "1"), ("Content-Disposition", "attachment"));
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var response = await gateway.PostAsync(path, Request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(type, response.Content.Headers.ContentType?.ToString());
        Assert.Equal(bytes.Length, response.Content.Headers.ContentLength);
        var came = await response.Content.ReadAsByteArrayAsync();
        Assert.True(bytes.AsSpan().SequenceEqual(came), "Other bytes came.");
        Assert.Equal("remote", Answers.HeaderOf(response, "X-Backend"));
        Assert.Equal("1", Answers.HeaderOf(response, "x-ratelimit-remaining-requests"));
        Assert.Contains("bytes_out=300000", await gateway.WaitForLogAsync("status=200"), StringComparison.Ordinal);
        Assert.Equal(path, (await Upstream.WaitForRequestAsync()).Target);
    }

    [Fact]
    public async Task Binary_IsPassedOnPieceByPiece()
    {
        using var step = new SemaphoreSlim(0);
        Upstream.Script = async exchange =>
        {
            await exchange.StartChunksAsync(200, "audio/mpeg");
            for (var i = 0; i < 5; i++)
            {
                await exchange.ChunkAsync($"<{i}>");
                await step.WaitAsync(exchange.ClientGone);
            }

            await exchange.FinishChunksAsync();
        };
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var response = await gateway.StreamAsync("/v1/audio/speech", Request);
        using var body = await ArrivingBody.OfAsync(response);
        for (var i = 0; i < 5; i++)
        {
            await body.ReadUntilAsync($"<{i}>");
            step.Release();
        }

        Assert.Equal("<0><1><2><3><4>", await body.ReadToEndAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Binary_ThatBreaksBeforeItsFirstByte_Is502(bool byReset)
    {
        Upstream.Script = async exchange =>
        {
            await exchange.HeadAsync(200, ("Content-Type", "audio/mpeg"), ("Content-Length", "1000"));
            await (byReset ? exchange.ResetAsync() : exchange.CloseAsync());
        };
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var response = await gateway.PostAsync("/v1/audio/speech", Request);

        await Answers.AssertErrorAsync(response, 502, "upstream_error");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Binary_ThatBreaksOff_IsResetAndNotEnded(bool isChunked)
    {
        Upstream.Script = async exchange =>
        {
            if (isChunked) await exchange.StartChunksAsync(200, "audio/mpeg");
            else await exchange.HeadAsync(200, ("Content-Type", "audio/mpeg"), ("Content-Length", "1000"));
            await (isChunked ? exchange.ChunkAsync("ID3 half") : exchange.WriteAsync("ID3 half"));
            await exchange.Released;
            await exchange.CloseAsync();
        };
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));
        using var caller = await RawCaller.ConnectAsync(gateway.Url);
        await caller.PostAsync("/v1/audio/speech", Request, "Connection: close\r\n");
        await caller.ReadUntilAsync("half");

        Upstream.Release();
        await caller.ReadToEndAsync();

        Assert.True(caller.WasReset || !caller.Received.EndsWith("0\r\n\r\n", StringComparison.Ordinal), caller.Received);
        Assert.Contains("error=upstream_error", await gateway.WaitForLogAsync("status=200"), StringComparison.Ordinal);
        await Answers.WaitUntilIdleAsync(gateway);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(204)]
    public async Task EmptyAnswer_PassesAsItIs(int status)
    {
        Upstream.Script = status == 200
            ? e => e.AnswerAsync(200, "text/plain", ReadOnlyMemory<byte>.Empty)
            : async e => { e.LastWrite(); await e.HeadAsync(204); };
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var response = await gateway.PostAsync("/v1/audio/speech", Request);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("/v1/audio/../models/x", false)]
    [InlineData("/v1/audio/../../admin", false)]
    [InlineData("/v1/audio/%2e%2e/admin", false)]
    [InlineData("/v1/audio/..%2fadmin", false)]
    [InlineData("/v1/audio/a%2f..%2fb", false)]
    [InlineData("/v1/audio//speech", false)]
    [InlineData("/v1/audio/a;b", false)]
    [InlineData("/v1/audio/a%00b", true)]
    [InlineData("/v1/audio/..\\admin", false)]
    [InlineData("/v1/audio/a%5c..%5cadmin", false)]
    [InlineData("/v1/audio/sp%C3%A9ech", false)]
    [InlineData("/v1/images/x.php", false)]
    [InlineData("/v1/images/x@host", false)]
    [InlineData("/v1/audio/...", false)]
    [InlineData("/v1/nothing", false)]
    [InlineData("/v2/chat/completions", false)]
    public async Task Path_ThatIsOdd_ReachesNoBackend(string path, bool mayBe400)
    {
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));
        using var caller = await RawCaller.ConnectAsync(gateway.Url);

        await caller.PostAsync(path, Request, "Connection: close\r\n");
        var answer = await caller.ReadToEndAsync();

        var isRefused = answer.StartsWith("HTTP/1.1 404 ", StringComparison.Ordinal) && answer.Contains("\"code\":\"not_found\"", StringComparison.Ordinal)
            || answer.StartsWith("HTTP/1.1 405 ", StringComparison.Ordinal) && answer.Contains("\"code\":\"method_not_allowed\"", StringComparison.Ordinal)
            || (mayBe400 && answer.StartsWith("HTTP/1.1 400 ", StringComparison.Ordinal));
        Assert.True(isRefused, answer);
        Assert.Empty(Upstream.Requests);
    }
}
