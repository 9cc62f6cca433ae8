using System.Net;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>A caller that leaves cancels the upstream call at once, wherever it is.</summary>
public sealed class CallerGoneTests : UpstreamTest
{
    private static readonly string Plain = TestGateway.Chat("x");
    private static readonly string Streamed = TestGateway.Chat("x", ",\"stream\":true");

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Leaving_BeforeTheUpstreamAnswers_EndsItsCall(bool isStream, bool byReset)
    {
        Upstream.Script = Scripts.NeverAnswers();
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));
        using var caller = await RawCaller.ConnectAsync(gateway.Url);
        await caller.PostAsync("/v1/chat/completions", isStream ? Streamed : Plain);
        await Upstream.WaitForRequestAsync();

        Leave(caller, byReset);

        await AssertGoneAsync(gateway, 499);
    }

    [Fact]
    public async Task Leaving_BeforeTheFirstEvent_EndsItsCall()
    {
        Upstream.Script = Scripts.SilentAfterHeaders();
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));
        using var caller = await RawCaller.ConnectAsync(gateway.Url);
        await caller.PostAsync("/v1/chat/completions", Streamed);
        await Upstream.WaitForRequestAsync();

        caller.Close();

        await AssertGoneAsync(gateway, 499);
    }

    [Fact]
    public async Task Leaving_BeforeTheFirstToken_EndsItsCall()
    {
        Upstream.Script = Scripts.SilentAfterHeaders(role: true);
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));
        using var caller = await RawCaller.ConnectAsync(gateway.Url);
        await caller.PostAsync("/v1/chat/completions", Streamed);
        await Upstream.WaitForRequestAsync();

        caller.Close();

        await AssertGoneAsync(gateway, 499);
        Assert.DoesNotContain("ttft_ms", await gateway.WaitForLogAsync("error=caller_gone"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/chat/completions", false)]
    [InlineData("/v1/chat/completions", true)]
    [InlineData("/v1/completions", false)]
    [InlineData("/v1/responses", false)]
    public async Task Leaving_InTheMiddleOfASilentStream_EndsItsCall(string path, bool byReset)
    {
        Upstream.Script = Scripts.StallAfter(2, "one two three");
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));
        using var caller = await RawCaller.ConnectAsync(gateway.Url);
        await caller.PostAsync(path, Streamed);
        await caller.ReadUntilAsync(" two");

        Leave(caller, byReset);

        await AssertGoneAsync(gateway, 499);
        // The server has not said what it used; as far as can be seen, that is two tokens.
        Assert.Contains("completion_tokens=2 ", await gateway.WaitForLogAsync("error=caller_gone"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Leaving_InTheMiddleOfABusyStream_EndsItsCall()
    {
        Upstream.Script = async exchange =>
        {
            await exchange.StartSseAsync();
            while (!exchange.Over) await exchange.EventAsync(ChatJson.ContentChunk("word"));
        };
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));
        using var caller = await RawCaller.ConnectAsync(gateway.Url);
        await caller.PostAsync("/v1/chat/completions", Streamed);
        await caller.ReadUntilAsync("word");

        caller.Reset();

        await AssertGoneAsync(gateway, 499);
    }

    [Fact]
    public async Task Leaving_WithoutHavingReadAnything_EndsTheStalledUpstream()
    {
        Upstream.Script = async exchange =>
        {
            await exchange.StartSseAsync();
            var piece = new string('x', 64 * 1024);
            while (!exchange.Over) await exchange.EventAsync(ChatJson.ContentChunk(piece));
        };
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));
        using var caller = await RawCaller.ConnectAsync(gateway.Url, receiveBuffer: 16 * 1024);
        await caller.PostAsync("/v1/chat/completions", Streamed);
        await caller.ReadUntilAsync("xxx");

        caller.Reset();

        await AssertGoneAsync(gateway, 499);
    }

    [Fact]
    public async Task Leaving_InTheMiddleOfAWholeAnswer_EndsItsCall()
    {
        Upstream.Script = async exchange =>
        {
            await exchange.HeadAsync(200, ("Content-Type", "application/json"), ("Content-Length", "1000"));
            await exchange.WriteAsync("{\"id\":\"half");
            await exchange.WaitForClientAbortAsync();
        };
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));
        using var caller = await RawCaller.ConnectAsync(gateway.Url);
        await caller.PostAsync("/v1/chat/completions", Plain);
        await Upstream.WaitForRequestAsync();

        caller.Close();

        await AssertGoneAsync(gateway, 499);
    }

    [Fact]
    public async Task Leaving_InTheMiddleOfABinaryAnswer_EndsItsCall()
    {
        Upstream.Script = async exchange =>
        {
            await exchange.StartChunksAsync(200, "audio/mpeg");
            await exchange.ChunkAsync("ID3 tone");
            await exchange.WaitForClientAbortAsync();
        };
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));
        using var caller = await RawCaller.ConnectAsync(gateway.Url);
        await caller.PostAsync("/v1/audio/speech", """{"model":"m","input":"x"}""");
        await caller.ReadUntilAsync("tone");

        caller.Close();

        await AssertGoneAsync(gateway, 499);
    }

    [Theory]
    [InlineData("/v1/chat/completions", "application/json", "{\"model\"")]
    [InlineData("/v1/audio/transcriptions", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm")]
    public async Task Leaving_WithinTheRequestsBody_ReachesNoBackend(string path, string type, string start)
    {
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));
        using var caller = await RawCaller.ConnectAsync(gateway.Url);
        await caller.SendAsync($"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {type}\r\nContent-Length: 1000\r\n\r\n{start}");
        await Patience.UntilAsync(() => gateway.Get<Penstock.Telemetry.GatewayMetrics>().InFlight == 1, "the request is in flight");

        caller.Reset();

        await gateway.WaitForLogAsync("error=caller_gone");
        await Answers.WaitUntilIdleAsync(gateway);
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task Gateway_AfterCallersHaveLeft_AnswersOthers()
    {
        Upstream.Script = Scripts.NeverAnswers();
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));
        for (var i = 1; i <= 10; i++)
        {
            using var caller = await RawCaller.ConnectAsync(gateway.Url);
            await caller.PostAsync("/v1/chat/completions", Plain);
            await Upstream.WaitForRequestAsync(i);
        }

        await Upstream.WaitForAbortedAsync(10);
        Upstream.Script = Scripts.Chat("Hello");
        using var response = await gateway.ChatAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await Answers.WaitUntilIdleAsync(gateway);
    }

    private static void Leave(RawCaller caller, bool byReset)
    {
        if (byReset) caller.Reset();
        else caller.Close();
    }

    private async Task AssertGoneAsync(TestGateway gateway, int status)
    {
        await Upstream.WaitForAbortedAsync();
        await Upstream.WaitForOpenConnectionsAsync(0);
        var line = await gateway.WaitForLogAsync("error=caller_gone");
        Assert.Contains($"status={status} ", line, StringComparison.Ordinal);
        Assert.Contains("backend=remote", line, StringComparison.Ordinal);
        await Answers.WaitUntilIdleAsync(gateway);
        Assert.Contains(("remote", "caller_gone", 1L), gateway.Get<Penstock.Telemetry.GatewayMetrics>().Attempts);
        Assert.DoesNotContain(" warn", gateway.Log, StringComparison.Ordinal);
    }
}
