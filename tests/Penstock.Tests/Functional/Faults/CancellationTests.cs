using Microsoft.Extensions.DependencyInjection;
using Penstock.Backends;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Faults;

/// <summary>The caller gone means every call to a backend gone, wherever the request was, and 499 in the log.</summary>
public sealed class CancellationTests : FaultTest
{
    private static readonly string Plain = TestGateway.Chat("x");
    private static readonly string Streamed = TestGateway.Chat("x", ",\"stream\":true");

    [Fact]
    public async Task Leaving_WhileConnecting_NobodyIsAsked()
    {
        var names = new TestNames();
        names.Hang("primary.test");
        var yaml = Yaml("backends: [primary], fallbacks: [spare]", "connect_timeout: 60", "", "", Quick)
            .Replace("127.0.0.1:" + Primary.Port, "primary.test:" + Primary.Port, StringComparison.Ordinal);
        await using var gateway = await TestGateway.StartAsync(yaml, configure: services => services.AddSingleton<INameResolver>(names));

        using var caller = await CallAsync(gateway, Streamed);
        await Patience.UntilAsync(() => names.Waiting == 1, "the name asked for");
        caller.Close();

        await gateway.WaitForLogAsync("status=499 error=caller_gone");
        await Answers.WaitUntilIdleAsync(gateway);
        Assert.Equal(0, Attempts);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Leaving_BeforeHeaders_EndsTheCall(bool isStream)
    {
        Primary.Script = Scripts.NeverAnswers();
        await using var gateway = await StartAsync();

        using var caller = await CallAsync(gateway, isStream ? Streamed : Plain);
        await Primary.WaitForRequestAsync();
        caller.Close();

        await AssertGoneAsync(gateway);
        Assert.Empty(Spare.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Leaving_BeforeTheFirstToken_EndsTheCall(bool hasRole)
    {
        Primary.Script = Scripts.SilentAfterHeaders(hasRole);
        await using var gateway = await StartAsync();

        using var caller = await CallAsync(gateway, Streamed);
        await Primary.WaitForRequestAsync();
        caller.Reset();

        await AssertGoneAsync(gateway);
        Assert.Empty(Spare.Requests);
    }

    [Fact]
    public async Task Leaving_DuringKeepalives_EndsTheCall()
    {
        Primary.Script = Scripts.NeverAnswers();
        await using var gateway = await StartAsync(model: "keepalive: 0.1");

        using var caller = await CallAsync(gateway, Streamed);
        await caller.ReadUntilAsync(": keepalive");
        caller.Close();

        await AssertGoneAsync(gateway);
        Assert.Empty(Spare.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Leaving_MidStream_EndsTheCall(bool byReset)
    {
        Primary.Script = Scripts.StallAfter(20, Text);
        await using var gateway = await StartAsync();

        using var caller = await CallAsync(gateway, Streamed);
        await caller.ReadUntilAsync(" w20");
        if (byReset) caller.Reset();
        else caller.Close();

        await AssertGoneAsync(gateway);
        Assert.Empty(Spare.Requests);
    }

    [Fact]
    public async Task Leaving_WithinAWholeAnswer_EndsTheCall()
    {
        Primary.Script = async exchange =>
        {
            await exchange.HeadAsync(200, ("Content-Type", "application/json"), ("Content-Length", "1000"));
            await exchange.WriteAsync("{\"id\":\"half");
            await exchange.WaitForClientAbortAsync();
        };
        await using var gateway = await StartAsync();

        using var caller = await CallAsync(gateway, Plain);
        await Primary.WaitForRequestAsync();
        caller.Close();

        await AssertGoneAsync(gateway);
        Assert.Empty(Spare.Requests);
    }

    [Fact]
    public async Task Leaving_DuringBackoff_NobodyIsAskedAgain()
    {
        Primary.Script = Scripts.Error(500);
        await using var gateway = await StartAloneAsync(root: "retry: { attempts: 3, backoff: 5, max_backoff: 5 }");

        using var caller = await CallAsync(gateway, Streamed);
        await WaitForAttemptsAsync(gateway, "primary", 1);
        caller.Close();

        await gateway.WaitForLogAsync("status=499 error=caller_gone");
        await Answers.WaitUntilIdleAsync(gateway);
        Assert.Single(Primary.Requests);
    }

    [Fact]
    public async Task Leaving_WhileABackendWantsToBeLeftAlone_NobodyIsAskedAgain()
    {
        Primary.Script = Scripts.Error(429, headers: ("Retry-After", "10"));
        await using var gateway = await StartAloneAsync();

        using var caller = await CallAsync(gateway, Streamed);
        await WaitForAttemptsAsync(gateway, "primary", 1);
        caller.Close();

        await gateway.WaitForLogAsync("status=499 error=caller_gone");
        await Answers.WaitUntilIdleAsync(gateway);
        Assert.Single(Primary.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Leaving_InAHedge_EndsBothCalls(bool isStream)
    {
        Primary.Script = Scripts.NeverAnswers();
        Spare.Script = isStream ? Scripts.SilentAfterHeaders(role: true) : Scripts.NeverAnswers();
        await using var gateway = await StartPoolAsync(model: "hedge_after: 0.1");

        using var caller = await CallAsync(gateway, isStream ? Streamed : Plain);
        await Primary.WaitForRequestAsync();
        await Spare.WaitForRequestAsync();
        caller.Close();

        await AssertGoneAsync(gateway);
        await Spare.WaitForAbortedAsync();
        await Spare.WaitForOpenConnectionsAsync(0);
    }

    [Fact]
    public async Task Leaving_WhileTheAnswerIsContinued_EndsTheCall()
    {
        Primary.Script = Scripts.CloseAfter(20, Text);
        Spare.Script = Scripts.SilentAfterHeaders();
        await using var gateway = await StartAsync();

        using var caller = await CallAsync(gateway, Streamed);
        await caller.ReadUntilAsync(" w20");
        await Spare.WaitForRequestAsync();
        caller.Close();

        await gateway.WaitForLogAsync("status=499 error=caller_gone");
        await Spare.WaitForAbortedAsync();
        await Answers.WaitUntilIdleAsync(gateway);
    }

    [Fact]
    public async Task Leaving_Draining_TheCallEndsByItselfAndItsUsageIsSettled()
    {
        Primary.Script = Scripts.PauseAfter(20, Text);
        await using var gateway = await StartAsync(model: "on_disconnect: drain, drain_timeout: 60");

        using var caller = await CallAsync(gateway, Streamed);
        await caller.ReadUntilAsync(" w20");
        caller.Close();
        await Task.Delay(100);
        Primary.Release();

        var line = await gateway.WaitForLogAsync("status=499");
        Assert.Contains("prompt_tokens=5 completion_tokens=60", line, StringComparison.Ordinal);
        Assert.Equal(0, Primary.AbortedConnections);
        await Answers.WaitUntilIdleAsync(gateway);
    }

    [Fact]
    public async Task Leaving_DrainingAWholeAnswer_ItsUsageIsSettled()
    {
        Primary.Script = Scripts.OnceReleased(Scripts.Chat(Text));
        await using var gateway = await StartAsync(model: "on_disconnect: drain, drain_timeout: 60");

        using var caller = await CallAsync(gateway, Plain);
        await Primary.WaitForRequestAsync();
        caller.Close();
        await Task.Delay(100);
        Primary.Release();

        Assert.Contains("prompt_tokens=5 completion_tokens=60", await gateway.WaitForLogAsync("status=499"), StringComparison.Ordinal);
        Assert.Equal(0, Primary.AbortedConnections);
    }

    [Fact]
    public async Task Leaving_DrainTakesTooLong_EndsTheCall()
    {
        Primary.Script = Scripts.StallAfter(20, Text);
        await using var gateway = await StartAsync(model: "on_disconnect: drain, drain_timeout: 0.2");

        using var caller = await CallAsync(gateway, Streamed);
        await caller.ReadUntilAsync(" w20");
        caller.Close();

        await AssertGoneAsync(gateway);
    }

    private static async Task<RawCaller> CallAsync(TestGateway gateway, string json)
    {
        var caller = await RawCaller.ConnectAsync(gateway.Url);
        await caller.PostAsync("/v1/chat/completions", json);
        return caller;
    }

    private async Task AssertGoneAsync(TestGateway gateway)
    {
        await Primary.WaitForAbortedAsync();
        await Primary.WaitForOpenConnectionsAsync(0);
        await gateway.WaitForLogAsync("status=499 error=caller_gone");
        await Answers.WaitUntilIdleAsync(gateway);
        Assert.DoesNotContain(" warn", gateway.Log, StringComparison.Ordinal);
    }
}
