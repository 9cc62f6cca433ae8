using System.Net;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>No answer within <c>timeout</c> is a 504. What counts is the first part of an answer that the caller would see.</summary>
public sealed class UpstreamTimeoutTests : UpstreamTest
{
    [Theory]
    [InlineData("/v1/chat/completions", false)]
    [InlineData("/v1/chat/completions", true)]
    [InlineData("/v1/completions", true)]
    [InlineData("/v1/embeddings", false)]
    [InlineData("/v1/audio/speech", false)]
    public async Task Silence_Is504(string path, bool isStream)
    {
        Upstream.Script = Scripts.NeverAnswers();
        await AssertTimesOutAsync(path, isStream);
    }

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/completions")]
    [InlineData("/v1/responses")]
    public async Task Stream_OfHeadersAlone_Is504(string path)
    {
        Upstream.Script = Scripts.SilentAfterHeaders();
        await AssertTimesOutAsync(path, isStream: true);
    }

    [Theory]
    [InlineData("/v1/chat/completions", "application/json")]
    [InlineData("/v1/embeddings", "application/json")]
    [InlineData("/v1/images/generations", "application/json")]
    [InlineData("/v1/audio/speech", "audio/mpeg")]
    public async Task WholeAnswer_OfHeadersAlone_Is504(string path, string type)
    {
        Upstream.Script = async exchange =>
        {
            await exchange.HeadAsync(200, ("Content-Type", type), ("Content-Length", "1000"));
            await exchange.WaitForClientAbortAsync();
        };
        await AssertTimesOutAsync(path, isStream: false);
    }

    [Fact]
    public async Task ServerError_WhoseBodyNeverComes_IsAServerError()
    {
        Upstream.Script = async exchange =>
        {
            await exchange.HeadAsync(500, ("Content-Type", "text/plain"), ("Content-Length", "100"));
            await exchange.WaitForClientAbortAsync();
        };
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url), "retry: { attempts: 1 }");

        using var response = await gateway.ChatAsync();

        await Answers.AssertErrorAsync(response, 502, "upstream_error");
        await Upstream.WaitForOpenConnectionsAsync(0);
        await Answers.WaitUntilIdleAsync(gateway);
    }

    [Fact]
    public async Task Stream_ThatHasBegun_MayTakeLongerThanTheTimeout()
    {
        Upstream.Script = Scripts.PauseAfter(1, "Hello world");
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url), "    timeout: 3");

        using var response = await gateway.StreamAsync("/v1/chat/completions", TestGateway.Chat("x", ",\"stream\":true"));
        // Nothing is asked where the machine was so slow that not even the beginning came in time.
        if (response.StatusCode == HttpStatusCode.GatewayTimeout) return;
        using var body = await ArrivingBody.OfAsync(response);
        await body.ReadUntilAsync("Hello");
        await Task.Delay(TimeSpan.FromSeconds(3.5));
        Upstream.Release();

        var stream = SseText.Parse(await body.ReadToEndAsync());
        Assert.Equal("Hello world", stream.Content);
        Assert.True(stream.IsDone);
    }

    private async Task AssertTimesOutAsync(string path, bool isStream)
    {
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url), "    timeout: 0.25");

        using var response = await gateway.PostAsync(path, TestGateway.Chat("x", isStream ? ",\"stream\":true" : ""));

        var message = await Answers.AssertErrorAsync(response, 504, "upstream_timeout");
        Assert.Contains("0.25 s", message, StringComparison.Ordinal);
        Assert.Contains("error=upstream_timeout", await gateway.WaitForLogAsync("status=504"), StringComparison.Ordinal);
        await Upstream.WaitForOpenConnectionsAsync(0);
        await Answers.WaitUntilIdleAsync(gateway);
    }
}
