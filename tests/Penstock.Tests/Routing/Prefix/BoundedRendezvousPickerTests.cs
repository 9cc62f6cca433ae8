using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Routing;
using Penstock.Routing.Prefix;
using Xunit;

namespace Penstock.Tests.Routing.Prefix;

public sealed class BoundedRendezvousPickerTests
{
    private const int Servers = 65;

    private readonly Backend[] _servers = [.. Enumerable.Range(0, Servers).Select(i => TestBackends.Loaded(i, 0, 1))];

    [Fact]
    public void Create_MoreThanTheIndexHasPlacesFor_IsBounded()
    {
        Assert.IsType<BoundedRendezvousPicker>(TestBackends.PickerOf(PickerPolicy.PrefixAware, _servers));
        Assert.IsType<PrefixPicker>(TestBackends.PickerOf(PickerPolicy.PrefixAware, _servers[1..]));
    }

    [Fact]
    public void Pick_NobodyIsBusy_GoesByTheBeginning()
    {
        var (one, other) = (new BoundedRendezvousPicker(), new BoundedRendezvousPicker());
        var chosen = new HashSet<string>();
        for (var conversation = 0; conversation < 1000; conversation++)
        {
            var first = one.Pick(_servers, [], PrefixRig.Prompt(conversation, 4))!;
            Assert.Same(first, other.Pick(_servers, [], PrefixRig.Prompt(conversation, 40)));
            chosen.Add(first.Name);
        }

        // 15 each, on average.
        Assert.Equal(Servers, chosen.Count);
    }

    // A quarter more than its share, rounded up, is the most that one gets; the next best gets what is more.
    [Fact]
    public void TryPick_OneHotPrefix_NoneHasMoreThanAQuarterOverItsShare()
    {
        var pool = new Pool(_servers, new BoundedRendezvousPicker());
        for (var calls = 1; calls <= 20 * Servers; calls++)
        {
            Assert.True(pool.TryPick(PrefixRig.Prompt(1), null, out var pick));
            Assert.InRange(pick.Backend.State.InFlight, 1, Math.Ceiling(1.25 * calls / Servers));
        }

        // Those that are its own first.
        Assert.InRange(_servers.Count(server => server.State.InFlight == 25), 40, 52);
    }

    [Fact]
    public void Explain_IsThePick_AndNobodyWhereNobodyIsFree()
    {
        var picker = new BoundedRendezvousPicker();
        for (var conversation = 0; conversation < 100; conversation++)
        {
            var prompt = PrefixRig.Prompt(conversation, 4);
            Assert.Null(picker.Explain(_servers, [], prompt, out var chosen));
            Assert.Same(picker.Pick(_servers, [], prompt), chosen);
        }

        Assert.Null(picker.Explain([], _servers, PrefixRig.Prompt(1), out var nobody));
        Assert.Null(nobody);
    }

    [Fact]
    public void Pick_NoPrompt_IsOneOfThem() => Assert.Contains(new BoundedRendezvousPicker().Pick(_servers, [], null), _servers);
}
