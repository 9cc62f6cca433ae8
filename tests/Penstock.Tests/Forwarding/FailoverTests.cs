using Penstock.Backends;
using Penstock.Forwarding;
using Penstock.Routing;
using Penstock.Telemetry;
using Xunit;

namespace Penstock.Tests.Forwarding;

/// <summary>The pools are made anew after a seat was taken in those of before, as by a reload while the call leaves the line.</summary>
public sealed class FailoverTests
{
    [Fact]
    public async Task Failed_InAPoolOfBefore_IsAskedAgainLast()
    {
        using var rig = new ForwardingRig();
        var (failover, a) = await FailedAsync(rig, AttemptFailure.Status);

        Assert.False(failover.TryPick(out _));
        Assert.True(failover.TryPlanWait(TimeSpan.FromMinutes(1), out _));
        Assert.True(failover.TryRepeat(out var again));
        Assert.Same(a.State, again.Backend.State);
        again.Dispose();
        Assert.False(failover.TryPick(out _));
        Assert.False(failover.TryRepeat(out _));
        rig.AssertNobodyIsBusy();
    }

    [Fact]
    public async Task Failed_WithAPromptThatIsTooLong_GivesThePoolUp()
    {
        using var rig = new ForwardingRig();
        var (failover, _) = await FailedAsync(rig, AttemptFailure.ContextLength);

        Assert.False(failover.TryPick(out _));
        Assert.False(failover.TryPlanWait(TimeSpan.FromMinutes(1), out _));
        rig.AssertNobodyIsBusy();
    }

    private static async Task<(Failover, Backend)> FailedAsync(ForwardingRig rig, AttemptFailure failure)
    {
        using var metrics = new GatewayMetrics(TimeProvider.System, () => 0);
        var a = rig.Add("a", () => ScriptedBackend.Answer(500, "{}"));
        var call = rig.Call(stream: false, ForwardingRig.Pool(a));
        var failover = new Failover(call);
        Assert.True(failover.TryPick(out var pick));
        failover.Follow(new ModelRoute("m", [ForwardingRig.Pool(new Backend(a.Config, a.Implementation, a.State))], rig.Settings));
        await using (var attempt = new Attempt(call, pick, metrics, TimeProvider.System, outrun: default) { Failure = failure }) failover.Failed(attempt);
        return (failover, a);
    }
}
