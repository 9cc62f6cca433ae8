using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Forwarding;
using Xunit;

namespace Penstock.Tests.Forwarding;

/// <summary>Who is asked after which failure: two backends in the pool, by priority, and a fallback behind it.</summary>
public sealed class AttemptLoopTests
{
    private const string Good = """{"choices":[{"index":0,"message":{"content":"hi"},"finish_reason":"stop"}]}""";

    public static TheoryData<string, string> Failures => new()
    {
        { "connect", "a b c" },
        { "timeout", "a b c" },
        { "reset", "a b b c" },
        { "500", "a b b c" },
        { "503 Retry-After: 0", "a b b c" },
        { "503 Retry-After: 3000", "a b c" },
        { "429 Retry-After: 3000", "a b c" },
        { "408", "a b c" },
        { "401", "a b c" },
        { "400 context", "a c" },
        { "400", "a" },
        { "html", "a b c" },
        { "error", "a b b c" },
        { "bug", "a b c" },
        { "cancelled", "a b c" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task RunAsync_EverybodyFails_AsksInThisOrder(string failure, string expected)
    {
        using var rig = new ForwardingRig();
        var (a, b, c) = (Failing(rig, "a", failure), Failing(rig, "b", failure), Failing(rig, "c", failure));
        var call = rig.Call(stream: false, ForwardingRig.Pool(a, b), ForwardingRig.Pool(c));

        await using (await rig.RunAsync(call)) Assert.Equal(expected, string.Join(' ', rig.Asked));

        Assert.Equal(rig.Asked.Count, call.Attempts);
        Assert.Equal(rig.Asked.Count, call.Record.Attempts);
        rig.AssertNobodyIsBusy();
    }

    // Zero seconds are over at once: there is no time in which others would come first.
    [Fact]
    public async Task RunAsync_RateLimitedForNoTime_AsksTheOthersFirst()
    {
        using var rig = new ForwardingRig { Retry = new RetryConfig { Backoff = TimeSpan.FromSeconds(30), MaxBackoff = TimeSpan.FromSeconds(100) } };
        var a = Failing(rig, "a", "429 Retry-After: 0");
        var b = rig.Add("b", () => ScriptedBackend.Answer(200, Good));

        await using var answer = await rig.RunAsync(rig.Call(stream: false, ForwardingRig.Pool(a, b)));

        Assert.IsType<WholeAnswer>(answer);
        Assert.Equal("a b", string.Join(' ', rig.Asked));
    }

    [Theory]
    [InlineData(1, "a b")]
    [InlineData(2, "a a b")]
    [InlineData(5, "a a b b")]
    public async Task RunAsync_PoolsOfOne_HaveSoManyAttemptsInAll(int attempts, string expected)
    {
        using var rig = new ForwardingRig { Retry = new RetryConfig { Attempts = attempts, Backoff = TimeSpan.FromMilliseconds(1) } };
        var (a, b) = (Failing(rig, "a", "500"), Failing(rig, "b", "500"));

        await using (await rig.RunAsync(rig.Call(stream: false, ForwardingRig.Pool(a), ForwardingRig.Pool(b))))
            Assert.Equal(expected, string.Join(' ', rig.Asked));
    }

    [Fact]
    public async Task RunAsync_TheOtherIsFull_AsksTheSameAgain()
    {
        using var rig = new ForwardingRig();
        var a = Failing(rig, "a", "500");
        var b = rig.Add("b", () => ScriptedBackend.Answer(200, Good), c => c with { MaxConcurrency = 1 });
        Assert.True(b.TryEnter(out var seat));

        await using (await rig.RunAsync(rig.Call(stream: false, ForwardingRig.Pool(a, b)))) Assert.Equal("a a", string.Join(' ', rig.Asked));
        seat.Dispose();
        rig.AssertNobodyIsBusy();
    }

    // The silent one has used up the time for waiting, but not the fallback's.
    [Fact]
    public async Task RunAsync_NoTimeForAnotherWait_GoesToTheFallback()
    {
        using var rig = new ForwardingRig { Retry = new RetryConfig { Backoff = TimeSpan.FromSeconds(1) } };
        var (a, b) = (Failing(rig, "a", "timeout"), Failing(rig, "b", "500"));
        var c = rig.Add("c", () => ScriptedBackend.Answer(200, Good));

        await using var answer = await rig.RunAsync(rig.Call(stream: false, ForwardingRig.Pool(a, b), ForwardingRig.Pool(c)));

        Assert.Equal("a b c", string.Join(' ', rig.Asked));
        Assert.IsType<WholeAnswer>(answer);
    }

    [Fact]
    public async Task RunAsync_ABug_IsAnswered500WhereNobodyElseAnswers()
    {
        using var rig = new ForwardingRig();
        var a = Failing(rig, "a", "bug");

        Assert.Equal("internal_error", await rig.AnswerAsync(rig.Call(stream: false, ForwardingRig.Pool(a))));
    }

    private static Backend Failing(ForwardingRig rig, string name, string failure) => rig.Add(
        name,
        async (_, cancellation) =>
        {
            switch (failure)
            {
                case "connect":
                    throw new BackendException("refused", isUnreachable: true);
                case "reset":
                    throw new BackendException("reset", isUnreachable: false);
                case "bug":
                    throw new InvalidOperationException("a bug");
                case "cancelled":
                    throw new TaskCanceledException("a timeout of its own");
                case "timeout":
                    await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
                    break;
                case "html":
                    return ScriptedBackend.Answer(200, "<html>", "text/html");
                case "error":
                    return ScriptedBackend.Answer(200, """{"error":{"message":"no"}}""");
                case "400 context":
                    return ScriptedBackend.Answer(400, """{"error":{"code":"context_length_exceeded"}}""");
            }

            var parts = failure.Split(' ', 3);
            return ScriptedBackend.Answer(
                int.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture), "{}", "application/json",
                parts.Length == 3 ? [("Retry-After", parts[2])] : []);
        },
        c => c with { Timeout = TimeSpan.FromSeconds(failure == "timeout" ? 0.05 : 60), ApiKey = "key" });
}
