using FsCheck.Fluent;
using Penstock.Routing;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Routing;

public sealed class LeastLoadedPickerTests
{
    [Fact]
    public void Pick_AnyLoadsAndWeights_PicksOneWithTheLeastForItsWeight()
    {
        var members =
            from load in Gen.Choose(0, 3)
            from weight in Gen.Choose(1, 3)
            select (Load: load, Weight: weight);
        ForAll.Check(members.NonEmptyListOf().Where(list => list.Count <= LeastLoadedPicker.MostCompared), list =>
        {
            var backends = list.Select((member, i) => TestBackends.Loaded(i, member.Load, member.Weight)).ToArray();

            var picked = new LeastLoadedPicker().Pick(backends)!;

            Assert.Equal(list.Min(m => (decimal)m.Load / m.Weight), (decimal)picked.State.InFlight / picked.Config.Weight);
        });
    }

    // A member that should get a third gets none of 300 with a chance of 1e-53.
    [Fact]
    public void Pick_Ties_EveryMemberGetsSome()
    {
        var members = TestBackends.WithLoads(1, 0, 0, 2, 0);
        var picker = new LeastLoadedPicker();

        var picked = Enumerable.Range(0, 300).Select(_ => picker.Pick(members)!.Name).ToHashSet();

        Assert.Equal(["1", "2", "4"], picked.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Pick_OneMember_IsIt() => Assert.Equal("0", new LeastLoadedPicker().Pick(TestBackends.WithLoads(7))!.Name);

    [Fact]
    public void Pick_ByLeases_SpreadsEvenly()
    {
        var pool = new Pool(TestBackends.WithLoads(0, 0, 0), new LeastLoadedPicker());

        for (var i = 0; i < 30; i++) Assert.True(pool.TryPick(null, null, out _));

        Assert.All(pool.Members.ToArray(), m => Assert.Equal(10, m.State.InFlight));
    }

    [Fact]
    public void Pick_ByLeases_SpreadsByWeight()
    {
        var pool = new Pool(TestBackends.WithWeights(1, 2, 3), new LeastLoadedPicker());

        for (var i = 0; i < 60; i++) Assert.True(pool.TryPick(null, null, out _));

        Assert.Equal([10, 20, 30], pool.Members.ToArray().Select(m => m.State.InFlight));
    }

    // The one with the most loses against every other, whichever the two are.
    [Fact]
    public void Pick_LargePool_NeverPicksTheMostLoaded()
    {
        var members = TestBackends.WithLoads(0, 0, 0, 0, 1, 0, 0, 0, 0);
        var picker = new LeastLoadedPicker();

        Assert.DoesNotContain("4", Enumerable.Range(0, 300).Select(_ => picker.Pick(members)!.Name));
    }

    // A ninth has no share in 900 picks with a chance of 1e-46.
    [Fact]
    public void Pick_LargePoolOfEquals_EveryMemberGetsSome()
    {
        var members = TestBackends.WithLoads(new int[9]);
        var picker = new LeastLoadedPicker();

        Assert.Equal(9, Enumerable.Range(0, 900).Select(_ => picker.Pick(members)!.Name).Distinct().Count());
    }

    // Of two by chance the less loaded is not always the least of all: that would send every burst to one.
    [Fact]
    public void Pick_LargePool_PicksOthersThanTheLeastToo()
    {
        var members = TestBackends.WithLoads(0, 1, 1, 1, 1, 1, 1, 1, 1);
        var picker = new LeastLoadedPicker();

        Assert.True(Enumerable.Range(0, 300).Select(_ => picker.Pick(members)!.Name).Distinct().Count() > 1);
    }
}
