using System.Net;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>A stream ends in <c>[DONE]</c> when it is whole, and in an error event when it is not. There is nothing between.</summary>
public sealed class StreamEndingTests : UpstreamTest
{
    [Fact]
    public async Task Done_MissingAfterFinishReason_IsAdded()
    {
        Upstream.Script = Scripts.WithoutDone("Hello world");
        await AssertWholeAsync("Hello world", usage: "prompt_tokens=5 completion_tokens=2");
    }

    [Fact]
    public async Task Reset_AfterFinishReason_HarmsNothing()
    {
        Upstream.Script = async exchange =>
        {
            await exchange.StartSseAsync();
            await exchange.EventAsync(ChatJson.ContentChunk("Hello"));
            await exchange.EventAsync(ChatJson.FinishChunk());
            await exchange.Released;
            await exchange.ResetAsync();
        };
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));
        using var response = await gateway.StreamAsync("/v1/chat/completions", TestGateway.Chat("x", ",\"stream\":true"));
        using var body = await ArrivingBody.OfAsync(response);
        await body.ReadUntilAsync("\"stop\"");
        Upstream.Release();

        var stream = SseText.Parse(await body.ReadToEndAsync());

        Assert.True(stream.IsDone);
        Assert.Equal("Hello", stream.Content);
    }

    [Fact]
    public async Task EndOfBody_WithoutFinishReason_IsAnError()
    {
        Upstream.Script = Scripts.EndAfter(2, "one two three");
        await AssertBrokenOffAsync("one two");
    }

    [Fact]
    public async Task EndOfConnection_InTheMiddle_IsAnError()
    {
        Upstream.Script = Scripts.CloseAfter(2, "one two three");
        await AssertBrokenOffAsync("one two");
    }

    [Fact]
    public async Task EndOfConnection_OfABodyWithoutLength_IsAnError()
    {
        Upstream.Script = Scripts.UntilClose("text/event-stream", $"data: {ChatJson.ContentChunk("one")}\n\n");
        await AssertBrokenOffAsync("one");
    }

    [Fact]
    public async Task HalfAnEvent_ThenEndOfConnection_IsAnErrorAndTheHalfIsKeptBack()
    {
        Upstream.Script = Scripts.HalfEventAfter(2, "one two three", reset: false);
        await AssertBrokenOffAsync("one two");
    }

    [Fact]
    public async Task HalfAnEvent_ThenAnOrderlyEnd_IsAnErrorAndTheHalfIsKeptBack()
    {
        Upstream.Script = async exchange =>
        {
            await exchange.StartSseAsync();
            await exchange.EventAsync(ChatJson.ContentChunk("one"));
            await exchange.ChunkAsync("data: " + ChatJson.ContentChunk(" two")[..^3]);
            await exchange.FinishChunksAsync();
        };
        await AssertBrokenOffAsync("one");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reset_InTheMiddle_IsAnErrorAndNoHalfEventShows(bool inAnEvent)
    {
        // The reset waits until the caller has seen the first word: a reset may overtake what was sent before it.
        Upstream.Script = async exchange =>
        {
            await exchange.StartSseAsync();
            await exchange.EventAsync(ChatJson.ContentChunk("one"));
            if (inAnEvent) await exchange.ChunkAsync("data: " + ChatJson.ContentChunk(" two")[..^3]);
            await exchange.Released;
            await exchange.ResetAsync();
        };
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));
        using var response = await gateway.StreamAsync("/v1/chat/completions", TestGateway.Chat("x", ",\"stream\":true"));
        using var body = await ArrivingBody.OfAsync(response);
        await body.ReadUntilAsync("one");
        Upstream.Release();

        var (message, stream) = Answers.AssertBrokenOff(await body.ReadToEndAsync());

        Assert.Contains("remote", message, StringComparison.Ordinal);
        Assert.Equal("one", stream.Content);
        Assert.Equal(2, stream.Events.Count);
        Assert.Contains("error=upstream_error", await gateway.WaitForLogAsync("status=200"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ErrorEvent_InTheMiddle_PassesAndEndsTheStreamWithoutDone(bool done)
    {
        Upstream.Script = Scripts.ErrorEventAfter(2, "one two three", "out of memory", done);
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var response = await gateway.PostAsync("/v1/chat/completions", TestGateway.Chat("x", ",\"stream\":true"));

        var stream = SseText.Parse(await response.Content.ReadAsStringAsync());
        Assert.DoesNotContain("[DONE]", stream.Data);
        Assert.Equal(ChatJson.Error("out of memory", "server_error"), stream.Data[^1]);
        Assert.Equal("one two", string.Concat(stream.Json.SkipLast(1).Select(c => c.GetProperty("choices")[0].GetProperty("delta").GetProperty("content").GetString())));
        Assert.Contains("error=upstream_error", await gateway.WaitForLogAsync("status=200"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Event_ThatIsNoJson_IsLeftOut()
    {
        Upstream.Script = Scripts.BadEventAfter(2, "one two three");
        await AssertWholeAsync("one two three");
    }

    [Fact]
    public async Task Event_WithEmptyData_IsNoError()
    {
        Upstream.Script = Scripts.BadEventAfter(2, "one two three", data: "");
        await AssertWholeAsync("one two three");
    }

    [Fact]
    public async Task Choice_ThatNeverBegan_IsMissed()
    {
        Upstream.Script = Scripts.WithoutDone("one");
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var response = await gateway.PostAsync("/v1/chat/completions", TestGateway.Chat("x", ",\"stream\":true,\"n\":2"));

        Answers.AssertBrokenOff(await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Choice_WithoutItsFinishReason_IsMissed()
    {
        Upstream.Script = async exchange =>
        {
            await exchange.StartSseAsync();
            await exchange.EventAsync("""{"choices":[{"index":1,"delta":{"content":"b"}}]}""");
            await exchange.EventAsync(ChatJson.FinishChunk());
            await exchange.FinishChunksAsync();
        };
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var response = await gateway.PostAsync("/v1/chat/completions", TestGateway.Chat("x", ",\"stream\":true,\"n\":2"));

        Answers.AssertBrokenOff(await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r")]
    [InlineData("")]
    public async Task OnlyEvent_WithoutItsBlankLine_IsKeptApartFromDone(string lineEnd)
    {
        Upstream.Script = Scripts.UntilClose(
            "text/event-stream", """data: {"choices":[{"index":0,"delta":{"content":"one"},"finish_reason":"stop"}]}""" + lineEnd);
        await AssertWholeAsync("one");
    }

    private async Task AssertWholeAsync(string content, string usage = "")
    {
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var response = await gateway.PostAsync("/v1/chat/completions", TestGateway.Chat("x", ",\"stream\":true"));

        var stream = SseText.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(stream.IsDone);
        Assert.Equal(content, stream.Content);
        var line = await gateway.WaitForLogAsync("status=200");
        Assert.DoesNotContain("error=", line, StringComparison.Ordinal);
        Assert.Contains(usage, line, StringComparison.Ordinal);
    }

    private async Task AssertBrokenOffAsync(string content, string code = "upstream_error")
    {
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var response = await gateway.PostAsync("/v1/chat/completions", TestGateway.Chat("x", ",\"stream\":true"));

        var (message, stream) = Answers.AssertBrokenOff(await response.Content.ReadAsStringAsync(), code);
        Assert.Contains("'remote'", message, StringComparison.Ordinal);
        Assert.Equal(content, stream.Content);
        Assert.Contains($"error={code}", await gateway.WaitForLogAsync("status=200"), StringComparison.Ordinal);
        await Answers.WaitUntilIdleAsync(gateway);
    }
}
