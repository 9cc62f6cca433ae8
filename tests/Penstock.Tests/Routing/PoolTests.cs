using FsCheck;
using FsCheck.Fluent;
using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Health;
using Penstock.Routing;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Routing;

public sealed class PoolTests
{
    private static readonly Gen<PickerPolicy> Policies = Gen.Elements(Enum.GetValues<PickerPolicy>());

    private static readonly Gen<bool> Rarely = Gen.Frequency((3, Gen.Constant(false)), (1, Gen.Constant(true)));

    private static readonly Gen<Case> Cases =
        from policy in Policies
        from members in
            (from load in Gen.Choose(0, 2)
             from seats in Gen.Elements<int?>(null, 1, 2)
             from weight in Gen.Choose(1, 3)
             from isExcepted in Rarely
             from isDrained in Rarely
             select new Member(Math.Min(load, seats ?? load), seats, weight, isExcepted, isDrained)).NonEmptyListOf()
        select new Case(policy, [.. members]);

    [Fact]
    public void TryPick_AnyPool_FindsOneThatMayBePickedIfThereIsOne() => ForAll.Check(Cases, c =>
    {
        var backends = c.Members.Select((m, i) => TestBackends.Loaded(i, m.Load, m.Weight, m.Seats)).ToArray();
        for (var i = 0; i < backends.Length; i++)
        {
            if (c.Members[i].IsDrained) backends[i].State.Health.Drain();
        }

        var except = backends.Where((_, i) => c.Members[i].IsExcepted).Select(b => b.State).ToArray();
        var pool = new Pool(backends, TestBackends.PickerOf(c.Policy, backends));
        var before = backends.Sum(b => b.State.InFlight);
        var free = backends.Where((_, i) => c.Members[i] is { IsExcepted: false, IsDrained: false } m && m.Load < (m.Seats ?? int.MaxValue)).ToArray();

        var isPicked = pool.TryPick(null, except, out var pick);

        Assert.Equal(free.Length > 0, isPicked);
        Assert.Equal(before + (isPicked ? 1 : 0), backends.Sum(b => b.State.InFlight));
        if (!isPicked) return;
        Assert.Contains(pick.Backend, free);
        if (c.Policy == PickerPolicy.Priority) Assert.Same(free[0], pick.Backend);
        pick.Dispose();
        Assert.Equal(before, backends.Sum(b => b.State.InFlight));
    }, 1000);

    // Every seat is taken once, whichever thread is the first.
    [Theory]
    [InlineData(PickerPolicy.LeastLoaded)]
    [InlineData(PickerPolicy.RoundRobin)]
    [InlineData(PickerPolicy.Priority)]
    internal async Task TryPick_ManyThreads_NeverSeatsMoreThanThereAreSeats(PickerPolicy policy)
    {
        Backend[] backends = [.. Enumerable.Range(0, 3).Select(i => TestBackends.Loaded(i, 0, 1, seats: 2))];
        var pool = new Pool(backends, TestBackends.PickerOf(policy, backends));
        var seated = new int[3];

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 2000; i++)
            {
                if (!pool.TryPick(null, null, out var pick)) continue;
                var index = Array.IndexOf(backends, pick.Backend);
                Assert.InRange(Interlocked.Increment(ref seated[index]), 1, 2);
                Interlocked.Decrement(ref seated[index]);
                pick.Dispose();
            }
        })));

        Assert.All(backends, b => Assert.Equal(0, b.State.InFlight));
    }

    [Fact]
    public void TryPick_AllWell_AllocatesNothingButTheLease()
    {
        var backends = TestBackends.WithLoads(0, 0, 0);
        var pool = new Pool(backends, new RoundRobinPicker());

        var picks = LeastAllocated(() => pool.TryPick(null, null, out var pick) ? pick.Seat : null);
        var leases = LeastAllocated(() => backends[0].TryEnter(out var lease) ? lease : null);

        Assert.Equal(leases, picks);
    }

    [Fact]
    public void TryPick_ServerThatLeft_IsTakenOnlyWhereNoOtherCouldAnswer()
    {
        var clock = new ManualTime();
        var (gone, other) = (New("gone", clock), New("other", clock));
        gone.State.IsRetired = true;
        var pool = new Pool([gone, other], new PriorityPicker());

        Assert.True(pool.TryPick(null, null, out var first));
        Assert.Same(other, first.Backend);
        Assert.False(pool.TryPick(null, null, out _));
        Assert.True(pool.IsAble(null, out var hasSeat) && !hasSeat);
        other.State.Health.Drain();

        Assert.True(pool.TryPick(null, null, out var second));
        Assert.Same(gone, second.Backend);
    }

    [Fact]
    public void ObstacleOf_EveryoneExcepted_IsNone()
    {
        var backends = TestBackends.WithLoads(0, 0);

        Assert.Equal(Obstacle.None, new Pool(backends, new PriorityPicker()).ObstacleOf([.. backends.Select(b => b.State)], out var availableIn));
        Assert.Equal(TimeSpan.Zero, availableIn);
    }

    [Fact]
    public void ObstacleOf_Full_IsASecond()
    {
        Backend[] backends = [TestBackends.Loaded(0, 0, 1), TestBackends.Loaded(1, 1, 1, seats: 1)];

        Assert.Equal(Obstacle.Full, new Pool(backends, new PriorityPicker()).ObstacleOf([backends[0].State], out var availableIn));
        Assert.Equal(TimeSpan.FromSeconds(1), availableIn);
    }

    [Fact]
    public void ObstacleOf_Several_IsTheOneThatGoesFirst()
    {
        var clock = new ManualTime();
        var (drained, resting, full) = (New("drained", clock), New("resting", clock), New("full", clock));
        drained.State.Health.Drain();
        resting.State.Health.Rest(TimeSpan.FromSeconds(7));
        Assert.True(full.TryEnter(out _));
        var pool = new Pool([drained, resting, full], new PriorityPicker());

        Assert.False(pool.TryPick(null, null, out _));
        Assert.Equal((Obstacle.Full, TimeSpan.FromSeconds(1)), (pool.ObstacleOf(null, out var availableIn), availableIn));
        Assert.Equal((Obstacle.Resting, TimeSpan.FromSeconds(7)), (pool.ObstacleOf([full.State], out availableIn), availableIn));
        Assert.Equal(Obstacle.Drained, pool.ObstacleOf([full.State, resting.State], out _));
        clock.Advance(TimeSpan.FromSeconds(6.5));
        Assert.Equal((Obstacle.Resting, TimeSpan.FromSeconds(0.5)), (pool.ObstacleOf(null, out availableIn), availableIn));
    }

    private static Backend New(string name, TimeProvider clock) => TestBackends.New(
        new BackendConfig { Name = name, Type = "test", MaxConcurrency = 1 }, new BackendHealth(name, clock));

    // The least of several: compilation while it runs allocates, too.
    private static long LeastAllocated(Func<IDisposable?> take) => Enumerable.Range(0, 10).Min(_ =>
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) take()!.Dispose();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    });

    private sealed record Member(int Load, int? Seats, int Weight, bool IsExcepted, bool IsDrained);

    private sealed record Case(PickerPolicy Policy, Member[] Members);
}
