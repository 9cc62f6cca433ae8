using System.Globalization;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>Each event goes on when it arrives, and none is read before the caller takes what was sent.</summary>
public sealed class StreamFlowTests
{
    [Theory]
    [InlineData("/v1/chat/completions", """{"choices":[{"index":0,"delta":{"content":"<#>"}}]}""")]
    [InlineData("/v1/completions", """{"choices":[{"index":0,"text":"<#>"}]}""")]
    [InlineData("/v1/responses", """{"type":"response.output_text.delta","delta":"<#>"}""")]
    [InlineData("/v1/audio/speech", """{"type":"speech.audio.delta","audio":"<#>"}""")]
    public async Task Event_IsFlushed_BeforeTheNextOneIsThere(string path, string data)
    {
        const int events = 12;
        using var step = new SemaphoreSlim(0);
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            await exchange.StartSseAsync();
            for (var i = 0; i < events; i++)
            {
                await exchange.EventAsync(data.Replace("#", i.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
                await step.WaitAsync(exchange.ClientGone);
            }

            await exchange.EventAsync("[DONE]");
            await exchange.FinishChunksAsync();
        });
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(upstream.Url));

        using var response = await gateway.StreamAsync(path, """{"model":"m","stream":true,"input":"x","messages":[{"role":"user","content":"x"}]}""");
        using var body = await ArrivingBody.OfAsync(response);
        for (var i = 0; i < events; i++)
        {
            await body.ReadUntilAsync(string.Create(CultureInfo.InvariantCulture, $"<{i}>\""));
            await body.ReadUntilAsync("\n\n");
            step.Release();
        }

        Assert.EndsWith("data: [DONE]\n\n", await body.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Empty(upstream.ScriptErrors);
    }

    [Fact]
    public async Task Comment_BeforeTheFirstContent_ComesWithIt()
    {
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            await exchange.StartSseAsync();
            await exchange.ChunkAsync(": waiting\n\n");
            await exchange.EventAsync(ChatJson.ContentChunk("Hello"));
            await exchange.Released;
            await exchange.EventAsync(ChatJson.FinishChunk());
            await exchange.EventAsync("[DONE]");
            await exchange.FinishChunksAsync();
        });
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(upstream.Url));

        using var response = await gateway.StreamAsync("/v1/chat/completions", TestGateway.Chat("x", ",\"stream\":true"));
        using var body = await ArrivingBody.OfAsync(response);
        await body.ReadUntilAsync(": waiting\n\n");
        upstream.Release();

        Assert.True(SseText.Parse(await body.ReadToEndAsync()).IsDone);
    }

    [Fact]
    public async Task Stream_IsWhole_BeforeTheUpstreamEndsItsBody()
    {
        await using var upstream = ScriptedUpstream.Start(Scripts.Stream("Hello", new ChatStream { End = false }));
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(upstream.Url));

        using var response = await gateway.StreamAsync("/v1/chat/completions", TestGateway.Chat("x", ",\"stream\":true"));
        using var body = await ArrivingBody.OfAsync(response);

        // The upstream never ends it: the caller does not wait for that, and the gateway not for long.
        Assert.True(SseText.Parse(await body.ReadToEndAsync()).IsDone);
        await upstream.WaitForOpenConnectionsAsync(0);
        await Answers.WaitUntilIdleAsync(gateway);
        Assert.DoesNotContain("error=", await gateway.WaitForLogAsync("status=200"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Event_OfAMebibyte_PassesWhole()
    {
        var content = new string('x', 1024 * 1024);
        await using var upstream = ScriptedUpstream.Start(Scripts.Stream(content));
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(upstream.Url));

        using var response = await gateway.PostAsync("/v1/chat/completions", TestGateway.Chat("x", ",\"stream\":true"));

        Assert.Equal(content, SseText.Parse(await response.Content.ReadAsStringAsync()).Content);
    }

    [Fact]
    public async Task Stream_OfThousandEventsInFewReads_KeepsThemAllInOrder()
    {
        var words = ChatJson.Words(1000);
        var wire = string.Concat(ChatJson.Pieces(words).Select(p => $"data: {ChatJson.ContentChunk(p)}\n\n"))
            + $"data: {ChatJson.FinishChunk()}\n\ndata: [DONE]\n\n";
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            await exchange.StartSseAsync();
            await exchange.ChunkAsync(wire);
            await exchange.FinishChunksAsync();
        });
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(upstream.Url));

        using var response = await gateway.PostAsync("/v1/chat/completions", TestGateway.Chat("x", ",\"stream\":true"));

        var stream = SseText.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(words, stream.Content);
        Assert.True(stream.IsDone);
    }

    [Fact]
    public async Task SlowReader_StopsTheUpstream_AndLosesNothing()
    {
        // More than all socket buffers on the way can hold.
        const int events = 2048;
        var piece = new string('x', 32 * 1024);
        long written = 0;
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            await exchange.StartSseAsync();
            for (var i = 0; i < events; i++)
            {
                await exchange.EventAsync(ChatJson.ContentChunk(piece));
                Interlocked.Increment(ref written);
            }

            await exchange.EventAsync(ChatJson.FinishChunk());
            await exchange.EventAsync("[DONE]");
            await exchange.FinishChunksAsync();
        });
        upstream.SendBufferBytes = 64 * 1024;
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(upstream.Url));
        using var caller = await RawCaller.ConnectAsync(gateway.Url, receiveBuffer: 64 * 1024);

        await caller.PostAsync("/v1/chat/completions", TestGateway.Chat("x", ",\"stream\":true"), "Connection: close\r\n");
        await caller.ReadUntilAsync("xxx");
        await UntilItStandsStillAsync(() => Interlocked.Read(ref written));

        Assert.InRange(Interlocked.Read(ref written), 1, events - 1);
        var length = (await caller.ReadToEndAsync()).Length;
        Assert.True(length > events * piece.Length, $"{length} bytes came.");
        Assert.EndsWith("data: [DONE]\n\n\r\n0\r\n\r\n", caller.Received, StringComparison.Ordinal);
        Assert.Equal(events, Interlocked.Read(ref written));
        Assert.Empty(upstream.ScriptErrors);
    }

    // Half a second without progress. Were the machine to stall for that long, the test would ask less, not fail.
    private static async Task UntilItStandsStillAsync(Func<long> progress)
    {
        var (last, since) = (-1L, 0);
        await Patience.UntilAsync(
            () =>
            {
                var now = progress();
                (last, since) = now == last ? (last, since + 1) : (now, 0);
                return since >= 100;
            },
            "the upstream's writes stand still");
    }
}
