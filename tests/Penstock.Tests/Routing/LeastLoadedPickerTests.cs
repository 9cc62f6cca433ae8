using FsCheck.Fluent;
using Penstock.Backends;
using Penstock.Routing;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Routing;

public sealed class LeastLoadedPickerTests
{
    [Fact]
    public void Pick_AnyLoads_PicksOneOfTheLeast() => ForAll.Check(Gen.Choose(0, 3).NonEmptyListOf(), loads =>
    {
        var members = Members([.. loads]);

        Assert.Equal(loads.Min(), new LeastLoadedPicker().Pick(members).State.InFlight);
    });

    // A member that should get a third gets none of 300 with a chance of 1e-53.
    [Fact]
    public void Pick_Ties_EveryMemberGetsSome()
    {
        var members = Members(1, 0, 0, 2, 0);
        var picker = new LeastLoadedPicker();

        var picked = Enumerable.Range(0, 300).Select(_ => picker.Pick(members).Name).ToHashSet();

        Assert.Equal(["1", "2", "4"], picked.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Pick_OneMember_IsIt() => Assert.Equal("0", new LeastLoadedPicker().Pick(Members(7)).Name);

    [Fact]
    public void Pick_ByLeases_SpreadsEvenly()
    {
        var pool = new Pool(Members(0, 0, 0), new LeastLoadedPicker());

        for (var i = 0; i < 30; i++) Assert.True(pool.TryPick(null, out _, out _));

        Assert.All(pool.Members.ToArray(), m => Assert.Equal(10, m.State.InFlight));
    }

    private static Backend[] Members(params int[] loads) => [.. loads.Select((load, i) =>
    {
        var backend = TestBackends.New(i.ToString(System.Globalization.CultureInfo.InvariantCulture));
        for (var n = 0; n < load; n++) Assert.True(backend.TryEnter(out _));
        return backend;
    })];
}
