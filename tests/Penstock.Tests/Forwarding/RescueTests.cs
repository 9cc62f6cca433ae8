using Penstock.Configuration;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Forwarding;

/// <summary>What becomes of a stream that broke off, event by event.</summary>
public sealed class RescueTests
{
    private const string Finish = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    private const string Done = "data: [DONE]\n\n";

    // Routers of hosted models end a stream that failed with a chunk that is an error, an end and sometimes a text.
    [Fact]
    public async Task ErrorInAChunk_IsNoPartOfTheAnswer()
    {
        const string Error = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\" wor\"},\"finish_reason\":\"error\"}],\"error\":{\"message\":\"no\"}}\n\n";
        using var rig = new ForwardingRig();
        var a = rig.Add("a", () => ScriptedBackend.Stream(null, Content("Hello"), Error));
        var b = rig.Add("b", () => ScriptedBackend.Stream(null, Content("Hello world"), Finish, Done));

        var stream = SseText.Parse(await rig.AnswerAsync(rig.Call(stream: true, ForwardingRig.Pool(a, b))));

        Assert.Equal("Hello world", stream.Content);
        Assert.True(stream.IsDone);
    }

    [Fact]
    public async Task ErrorInAChunk_AndNobodyElse_IsNotDone()
    {
        const string Error = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"error\"}],\"error\":{\"message\":\"no\"}}\n\n";
        using var rig = new ForwardingRig();
        var a = rig.Add("a", (n, _) => ValueTask.FromResult(n == 1
            ? ScriptedBackend.Stream(null, Content("Hello"), Error)
            : ScriptedBackend.Stream(new IOException(), Content("Hello"), Content(" wor"))));

        var text = await rig.AnswerAsync(rig.Call(stream: true, ForwardingRig.Pool(a)));

        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
        Assert.Contains("error", text, StringComparison.Ordinal);
    }

    // An error with an id or choices before any content is an error as much as one without.
    [Theory]
    [InlineData("{\"id\":\"x\",\"error\":{\"message\":\"no\"}}")]
    [InlineData("{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"error\"}],\"error\":{\"message\":\"no\"}}")]
    public async Task ErrorInTheFirstChunk_IsTriedAgainBeforeTheCommit(string error)
    {
        using var rig = new ForwardingRig { Settings = new ModelSettings { Rescue = false } };
        var a = rig.Add("a", () => ScriptedBackend.Stream(null, $"data: {error}\n\n"));
        var b = rig.Add("b", () => ScriptedBackend.Stream(null, Content("Hello"), Finish, Done));

        var stream = SseText.Parse(await rig.AnswerAsync(rig.Call(stream: true, ForwardingRig.Pool(a, b))));

        Assert.Equal("Hello", stream.Content);
        Assert.True(stream.IsDone);
    }

    [Fact]
    public async Task Replay_WithAnEventOfSeveralLines_StaysOneEvent()
    {
        using var rig = new ForwardingRig();
        var a = rig.Add("a", () => ScriptedBackend.Stream(new IOException(), Content("Hello")));
        var b = rig.Add("b", () => ScriptedBackend.Stream(
            null, "data: {\"choices\":\ndata: [{\"index\":0,\ndata: \"delta\":{\"content\":\"Hello world\"}}]}\n\n", Finish, Done));

        var stream = SseText.Parse(await rig.AnswerAsync(rig.Call(stream: true, ForwardingRig.Pool(a, b))));

        Assert.Equal("Hello world", stream.Content);
        Assert.True(stream.IsDone);
    }

    [Fact]
    public async Task Replay_OfAChoiceThatHadEnded_DoesNotEndItAgain()
    {
        const string Second = "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"b\"}}]}\n\n";
        const string SecondFinish = "data: {\"choices\":[{\"index\":1,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
        using var rig = new ForwardingRig();
        var a = rig.Add("a", () => ScriptedBackend.Stream(new IOException(), Content("a"), Second, Finish));
        var b = rig.Add("b", () => ScriptedBackend.Stream(null, Content("a"), Second, Finish, SecondFinish, Done));

        var text = await rig.AnswerAsync(rig.Call(stream: true, ForwardingRig.Pool(a, b)));

        Assert.Equal(Content("a") + Second + Finish + SecondFinish + Done, text);
    }

    // Who is busy is left alone for a moment, and the one that broke off comes last.
    [Fact]
    public async Task Rescue_ByABusyBackend_AsksItOnce()
    {
        using var rig = new ForwardingRig { Retry = new RetryConfig { Backoff = TimeSpan.FromSeconds(0.2) } };
        var a = rig.Add("a", (n, _) => ValueTask.FromResult(n == 1
            ? ScriptedBackend.Stream(new IOException(), Content("Hello")) : ScriptedBackend.Stream(null, Content("Hello world"), Finish, Done)));
        var b = rig.Add("b", () => ScriptedBackend.Answer(429, "{}"));

        var stream = SseText.Parse(await rig.AnswerAsync(rig.Call(stream: true, ForwardingRig.Pool(a, b))));

        Assert.Equal("a b a", string.Join(' ', rig.Asked));
        Assert.Equal("Hello world", stream.Content);
        Assert.True(stream.IsDone);
    }

    [Fact]
    public async Task Rescue_ByABackendThatRestsAgainAndAgain_Ends()
    {
        var time = new ManualTime();
        using var rig = new ForwardingRig(time) { Settings = new ModelSettings { Keepalive = TimeSpan.FromDays(1) } };
        var a = rig.Add("a", () => ScriptedBackend.Stream(new IOException(), Content("Hello")));
        var b = rig.Add("b", () => ScriptedBackend.Stream(null, Content("Hello world"), Finish, Done));
        b.State.Health.Rest(TimeSpan.FromSeconds(2));
        var call = rig.Call(stream: true, ForwardingRig.Pool(a, b));

        var answering = rig.AnswerAsync(call);
        for (var i = 0; !answering.IsCompleted; i++)
        {
            Assert.True(i < 2000, "It waits for ever.");
            if (time.NextDueIn is { } next && next < TimeSpan.FromMinutes(1))
            {
                // Before the wait is over, it rests again.
                time.Advance(next / 2);
                b.State.Health.Rest(TimeSpan.FromSeconds(2));
                time.Advance(next - (next / 2));
            }

            await Task.Delay(1);
        }

        Assert.DoesNotContain("[DONE]", await answering, StringComparison.Ordinal);
    }

    // A bug of somebody's, after the commit: nothing is kept, and it is no success.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task UnexpectedException_AnywhereInAStream_LeavesNothingBehind(int broken)
    {
        using var rig = new ForwardingRig { Retry = new RetryConfig { Attempts = 1 } };
        var a = rig.Add("a", () => ScriptedBackend.Stream(broken == 1 ? new InvalidCastException() : new IOException(), Content("Hello")));
        var b = rig.Add("b", () => ScriptedBackend.Stream(new InvalidCastException(), Content("Hello world")));
        var call = rig.Call(stream: true, ForwardingRig.Pool(a), ForwardingRig.Pool(b));

        await Assert.ThrowsAsync<InvalidCastException>(() => rig.AnswerAsync(call));

        Assert.Equal(broken == 1 ? "a:broken_after_commit" : "a:broken_after_commit,b:broken_after_commit", call.Record.FailedAttempts);
    }

    private static string Content(string text) => $$$"""data: {"choices":[{"index":0,"delta":{"content":"{{{text}}}"} }]}""" + "\n\n";
}
