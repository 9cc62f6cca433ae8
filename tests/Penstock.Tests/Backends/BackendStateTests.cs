using System.Runtime.CompilerServices;
using FsCheck.Fluent;
using Penstock.Backends;
using Penstock.Health;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Backends;

public sealed class BackendStateTests
{
    // A number enters (0) or disposes one of the leases so far, whether that was disposed before or not.
    [Fact]
    public void Enter_AnyMixOfLeases_CountsTheOpenOnes() => ForAll.Check(Gen.Choose(0, 8).ListOf(), steps =>
    {
        var gauge = new StrongBox<long>();
        var state = new BackendState(gauge, new BackendHealth());
        var leases = new List<BackendState.Lease>();
        var open = new HashSet<int>();
        foreach (var step in steps)
        {
            if (step == 0 || leases.Count == 0)
            {
                open.Add(leases.Count);
                Assert.True(state.TryEnter(null, out var lease));
                leases.Add(lease);
            }
            else
            {
                var which = step % leases.Count;
                leases[which].Dispose();
                open.Remove(which);
            }

            Assert.Equal(open.Count, state.InFlight);
            Assert.Equal(open.Count, gauge.Value);
        }

        foreach (var left in leases.Concat(leases)) left.Dispose();
        Assert.Equal(0, state.InFlight);
    });

    [Fact]
    public async Task Dispose_ManyThreads_GivesBackOnce()
    {
        var state = new BackendState(new StrongBox<long>(), new BackendHealth());
        var leases = Enumerable.Range(0, 200).Select(_ => state.TryEnter(null, out var lease) ? lease : throw new InvalidOperationException()).ToArray();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Array.ForEach(leases, lease => lease.Dispose()))));

        Assert.Equal(0, state.InFlight);
    }

    [Fact]
    public void Answered_Averages_AreKeptApart()
    {
        var state = new BackendState(new StrongBox<long>(), new BackendHealth());
        Assert.Equal((null, null), (state.Latency, state.TimeToFirstToken));

        state.Answered(TimeSpan.FromSeconds(2), timeToFirstToken: null);
        state.Answered(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(0.5));

        Assert.Equal((TimeSpan.FromSeconds(1.8), TimeSpan.FromSeconds(0.5)), (state.Latency, state.TimeToFirstToken));
    }

    [Fact]
    public void UsageInjection_Set_IsKept()
    {
        var state = new BackendState(new StrongBox<long>(), new BackendHealth());
        Assert.Equal(UsageInjection.Untried, state.UsageInjection);

        state.UsageInjection = UsageInjection.Unsupported;

        Assert.Equal(UsageInjection.Unsupported, state.UsageInjection);
    }
}
