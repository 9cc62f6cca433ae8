using Penstock.Backends;
using Penstock.Routing;
using Penstock.Routing.Prefix;
using Xunit;

namespace Penstock.Tests.Routing.Prefix;

/// <summary>Calls on their way through a server with slots.</summary>
public sealed class SlotDispatchTests
{
    private readonly PrefixRig _rig = new(1);

    public SlotDispatchTests() => _rig.Tell(0, slots: [false, false]);

    // The caller leaves: its prompt has been read, and is there for its next attempt.
    [Fact]
    public void Dispose_AfterTheFirstToken_KeepsThePrompt()
    {
        using (var pick = Send(PrefixRig.Prompt(1)))
        {
            pick.Dispatch!.FirstToken(TimeSpan.FromMilliseconds(10));
        }

        Assert.Equal(20, _rig.Held(0, PrefixRig.Prompt(1)));
    }

    [Fact]
    public void Dispose_NothingWasSent_LeavesWhatWasThere()
    {
        var other = Send(PrefixRig.Prompt(2));
        _rig.Call(0, PrefixRig.Prompt(1));

        _rig.Send(0, PrefixRig.Prompt(3)).Dispose();

        Assert.Equal(20, _rig.Held(0, PrefixRig.Prompt(1)));
        other.Dispose();
    }

    [Fact]
    public void Dispose_SentAndNotRead_HoldsNothingOfIt()
    {
        Send(PrefixRig.Prompt(1)).Dispose();

        Assert.Equal(0, _rig.Held(0, PrefixRig.Prompt(1)));
    }

    // A request that is refused for a field of ours is sent once more: to the slot that it had, which is warm.
    [Fact]
    public void Keep_OneMoreAttempt_HasTheSameSlot()
    {
        _rig.Call(0, PrefixRig.Prompt(1));
        var first = Send(PrefixRig.Prompt(1, 30));
        var slot = first.Dispatch!.Slot;

        using var second = _rig.Pool.Keep(first, PrefixRig.Prompt(1, 30));
        first.Dispose();

        Assert.NotNull(slot);
        Assert.Equal(slot, second.Dispatch!.Slot);
        Assert.Equal(1, _rig.Servers[0].State.InFlight);
        // And it is its own: nobody else gets it meanwhile.
        Assert.NotEqual(slot, Send(PrefixRig.Prompt(1, 30)).Dispatch!.Slot);
    }

    // One server in two pools has its slots once.
    [Fact]
    public void Slots_OfAServerInTwoPools_AreKnownToBoth()
    {
        var other = _rig.Pools.For([.. _rig.Servers, _rig.NewServer(9)]);
        var picker = new PrefixPicker(other, TimeSpan.FromSeconds(2));
        _rig.Time.Advance(TimeSpan.FromSeconds(1));
        _rig.Tell(0, slots: [false, false]);

        using var here = Send(PrefixRig.Prompt(1));
        using var there = picker.Begin(_rig.Servers[0], PrefixRig.Prompt(2))!;

        Assert.Equal([0, 1], new[] { here.Dispatch!.Slot, there.Slot }.Order());
    }

    [Fact]
    public void Slots_AskedForByAnotherPool_HoldWhatThisOneHasSent()
    {
        _rig.Time.Advance(TimeSpan.FromSeconds(1));
        var other = _rig.Pools.For([.. _rig.Servers, _rig.NewServer(9)]);
        _rig.Call(0, PrefixRig.Prompt(1));

        var costs = new PrefixPicker(other, TimeSpan.FromSeconds(2)).Explain(_rig.Servers, [], PrefixRig.Prompt(1), out _);

        Assert.Equal(20 * PrefixRig.BlockTokens, Assert.Single(costs).CachedTokens);
    }

    [Fact]
    public void Server_BeginsAnewWithFewerSlots_IsNotAskedForOneThatItHasNot()
    {
        _rig.Call(0, PrefixRig.Prompt(1));
        _rig.Servers[0].State.Health.ProbeFailed("refused");
        _rig.Servers[0].State.Health.ProbeSucceeded();
        Assert.Null(Send(PrefixRig.Prompt(1)).Dispatch!.Slot);

        _rig.Time.Advance(TimeSpan.FromSeconds(1));
        _rig.Tell(0, slots: [false]);

        Assert.Equal(0, Send(PrefixRig.Prompt(2)).Dispatch!.Slot);
        Assert.Null(Send(PrefixRig.Prompt(3)).Dispatch!.Slot);
    }

    // It keeps in RAM what its slots lose, and finds it there when it chooses the slot itself.
    [Fact]
    public void Server_ThatKeepsPrompts_IsACacheOfBlocks_AndChoosesItself()
    {
        var state = _rig.Servers[0].State;
        state.Told(new EngineReport(EngineOutcome.Told, state.Engine! with { KeepsPrompts = true, ReadAt = _rig.Time.GetTimestamp() }), _rig.Time);
        for (var conversation = 0; conversation < 5; conversation++) _rig.Call(0, PrefixRig.Prompt(conversation));

        Assert.All(Enumerable.Range(0, 5), conversation => Assert.Equal(20, _rig.Held(0, PrefixRig.Prompt(conversation))));
        Assert.Null(Send(PrefixRig.Prompt(0, 30)).Dispatch!.Slot);
    }

    private Pick Send(PromptShape prompt)
    {
        var pick = _rig.Send(0, prompt);
        pick.Dispatch!.Sent();
        return pick;
    }
}
