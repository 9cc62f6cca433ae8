using System.Net;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>Which headers of a backend's answer reach the caller, and which the gateway adds.</summary>
public sealed class AnswerHeadersTests
{
    private static readonly (string Name, string Value)[] FromUpstream =
    [
        ("Retry-After", "17"), ("retry-after-ms", "17000"), ("x-ratelimit-remaining-requests", "59"), ("X-RateLimit-Reset-Tokens", "6m0s"),
        ("openai-processing-ms", "123"), ("OpenAI-Version", "2020-10-01"),
        ("Set-Cookie", "session=1"), ("Server", "uvicorn"), ("X-Powered-By", "x"), ("X-Request-ID", "upstreams"), ("X-Backend", "upstreams"),
        ("Access-Control-Allow-Origin", "*"), ("Strict-Transport-Security", "max-age=1"), ("Keep-Alive", "timeout=5"),
    ];

    [Theory]
    [InlineData(200, false)]
    [InlineData(200, true)]
    [InlineData(429, false)]
    public async Task Headers_OfAnAnswer_AreThoseForTheCaller(int status, bool isStream)
    {
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            if (!isStream)
            {
                var body = status == 200 ? ChatJson.Completion("Hello") : ChatJson.Error("slow down", "rate_limit_error");
                await exchange.JsonAsync(status, body, FromUpstream);
                return;
            }

            await exchange.StartSseAsync(FromUpstream);
            await exchange.EventAsync(ChatJson.FinishChunk());
            await exchange.EventAsync("[DONE]");
            await exchange.FinishChunksAsync();
        });
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(upstream.Url));

        var json = TestGateway.Chat("x", isStream ? ",\"stream\":true" : "");
        using var response = await gateway.PostAsync("/v1/chat/completions", json, ("X-Request-ID", "mine"));

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("17", Answers.HeaderOf(response, "Retry-After"));
        Assert.Equal("17000", Answers.HeaderOf(response, "retry-after-ms"));
        Assert.Equal("59", Answers.HeaderOf(response, "x-ratelimit-remaining-requests"));
        Assert.Equal("6m0s", Answers.HeaderOf(response, "x-ratelimit-reset-tokens"));
        Assert.Equal("123", Answers.HeaderOf(response, "openai-processing-ms"));
        Assert.Equal("2020-10-01", Answers.HeaderOf(response, "openai-version"));
        Assert.Equal("mine", Answers.HeaderOf(response, "X-Request-ID"));
        Assert.Equal("remote", Answers.HeaderOf(response, "X-Backend"));
        foreach (var name in (string[])["Set-Cookie", "Server", "X-Powered-By", "Access-Control-Allow-Origin", "Strict-Transport-Security", "Keep-Alive"])
            Assert.Null(Answers.HeaderOf(response, name));
    }

    [Fact]
    public async Task Headers_OfAStream_KeepItFromBeingBuffered()
    {
        await using var upstream = ScriptedUpstream.Start();
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(upstream.Url));

        using var response = await gateway.StreamAsync("/v1/chat/completions", TestGateway.Chat("x", ",\"stream\":true"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("no-cache", response.Headers.CacheControl?.ToString());
        Assert.Equal("no", Answers.HeaderOf(response, "X-Accel-Buffering"));
        Assert.Null(response.Content.Headers.ContentLength);
        Assert.Equal("remote", Answers.HeaderOf(response, "X-Backend"));
        Assert.NotNull(Answers.HeaderOf(response, "X-Request-ID"));
    }

    [Fact]
    public async Task Header_ThatIsNoAscii_IsLeftOutAndHarmsNothing()
    {
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            var body = ChatJson.Completion("Hello");
            await exchange.WriteAsync(
                $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nx-ratelimit-note: fünf\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        });
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(upstream.Url));

        using var response = await gateway.ChatAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Null(Answers.HeaderOf(response, "x-ratelimit-note"));
    }
}
