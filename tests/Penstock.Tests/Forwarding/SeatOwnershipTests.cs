using Penstock.Configuration;
using Xunit;

namespace Penstock.Tests.Forwarding;

/// <summary>A policy throws, wherever it can: the call fails, and its seat is given back.</summary>
public sealed class SeatOwnershipTests
{
    private const string Answer = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

    [Theory]
    [InlineData("Begin", true)]
    [InlineData("Sent", true)]
    [InlineData("FirstToken", false)]
    [InlineData("Answered", true)]
    [InlineData("Dispose", true)]
    public async Task OneAttempt(string where, bool escapes)
    {
        using var rig = new ForwardingRig();
        var a = rig.Add("a", () => ScriptedBackend.Stream(null, Answer));
        var call = rig.Call(stream: true, ForwardingRig.Pool(new ThrowingPicker(where), a));

        // At the end the rig looks whether anybody is busy.
        var thrown = await Record.ExceptionAsync(() => rig.AnswerAsync(call));

        Assert.Equal(escapes ? typeof(InvalidTimeZoneException) : null, thrown?.GetType());
    }

    // Asked once more without the option that the gateway added, it keeps its seat.
    [Theory]
    [InlineData("Begin", 2)]
    [InlineData("Sent", 2)]
    [InlineData("Dispose", 1)]
    [InlineData("Dispose", 2)]
    public async Task OptionIsRefused(string where, int attempt)
    {
        using var rig = new ForwardingRig();
        var a = rig.Add(
            "a",
            (n, _) => ValueTask.FromResult(n == 1
                ? ScriptedBackend.Answer(400, """{"error":{"message":"unknown field stream_options"}}""") : ScriptedBackend.Stream(null, Answer)),
            config => config with { InjectUsage = true });
        var call = rig.Call(stream: true, ForwardingRig.Pool(new ThrowingPicker(where, attempt), a));

        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => rig.AnswerAsync(call));
    }

    // The first one would be silent for ever, and has a seat as well.
    [Theory]
    [InlineData("Begin")]
    [InlineData("Sent")]
    public async Task Hedge(string where)
    {
        using var rig = new ForwardingRig { Settings = new ModelSettings { HedgeAfter = TimeSpan.FromMilliseconds(1) } };
        var a = rig.Add("a", async (_, cancellation) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
            return ScriptedBackend.Stream(null, Answer);
        });
        var b = rig.Add("b", () => ScriptedBackend.Stream(null, Answer));
        var call = rig.Call(stream: true, ForwardingRig.Pool(new ThrowingPicker(where, 2), a, b));

        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => rig.AnswerAsync(call));
    }
}
