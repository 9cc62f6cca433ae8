using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Routing;
using Penstock.Routing.Prefix;
using Xunit;

namespace Penstock.Tests.Routing;

public sealed class PickersTests
{
    [Theory]
    [InlineData(PickerPolicy.LeastLoaded, typeof(LeastLoadedPicker))]
    [InlineData(PickerPolicy.RoundRobin, typeof(RoundRobinPicker))]
    [InlineData(PickerPolicy.Weighted, typeof(WeightedPicker))]
    [InlineData(PickerPolicy.Random, typeof(RandomPicker))]
    [InlineData(PickerPolicy.Priority, typeof(PriorityPicker))]
    [InlineData(PickerPolicy.PrefixAware, typeof(PrefixPicker))]
    internal void Create_Policy_MakesItsPicker(PickerPolicy policy, Type type)
    {
        Assert.IsType(type, TestBackends.PickerOf(policy));
        Assert.NotSame(TestBackends.PickerOf(policy), TestBackends.PickerOf(policy));
    }

    [Fact]
    public void RoundRobin_Members_TakeTurns() =>
        Assert.Equal("012012012", Picks(new RoundRobinPicker(), 9, TestBackends.WithLoads(5, 0, 0)));

    [Fact]
    public async Task RoundRobin_ManyThreads_CountsEachPick()
    {
        var members = TestBackends.WithLoads(0, 0, 0, 0);
        var picker = new RoundRobinPicker();

        var parts = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Picks(picker, 1000, members))));

        Assert.All(string.Concat(parts).GroupBy(name => name), group => Assert.Equal(1000, group.Count()));
    }

    // 6000 throws: the bounds are more than ten standard deviations away from 1000, 2000 and 3000.
    [Fact]
    public void Weighted_Members_GetTheirShares()
    {
        var picks = Picks(new WeightedPicker(), 6000, TestBackends.WithWeights(1, 2, 3));

        Assert.InRange(picks.Count(name => name == '0'), 600, 1400);
        Assert.InRange(picks.Count(name => name == '1'), 1600, 2400);
        Assert.InRange(picks.Count(name => name == '2'), 2600, 3400);
    }

    [Fact]
    public void Random_Members_GetEqualSharesWhateverTheirWeights()
    {
        var picks = Picks(new RandomPicker(), 6000, TestBackends.WithWeights(1, 1, 1000));

        Assert.All("012", member => Assert.InRange(picks.Count(name => name == member), 1600, 2400));
    }

    [Fact]
    public void Priority_Members_IsTheFirst() => Assert.Equal("000", Picks(new PriorityPicker(), 3, TestBackends.WithLoads(9, 0)));

    private static string Picks(IBackendPicker picker, int count, Backend[] members) =>
        string.Concat(Enumerable.Range(0, count).Select(_ => picker.Pick(members, [], null)!.Name));
}
