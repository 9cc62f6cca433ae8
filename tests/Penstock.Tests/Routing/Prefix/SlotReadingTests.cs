using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Routing;
using Penstock.Routing.Prefix;
using Xunit;

namespace Penstock.Tests.Routing.Prefix;

/// <summary>Which slots are thought idle: by what was sent, and by what the server said when it was last asked.</summary>
public sealed class SlotReadingTests
{
    private static readonly ulong[] Blocks = [11, 12, 13];

    private readonly SlotTable _table = new();
    private readonly ReturnTimes _returns = new();

    [Theory]
    // Asked while our own call was in it: the next turn may come before it is asked again.
    [InlineData(1500u, 0)]
    // Asked after it was left: that is somebody else's.
    [InlineData(2500u, 1)]
    public void Slot_SaidToBeBusy_IsOthers_OnlyIfItWasAskedAfterOurCallHadLeft(uint readAt, int expected)
    {
        _table.Follow(Reading(false, false), isFresh: true, readAt: 500);
        _table.Enter(0, Blocks, now: 1000, _returns);
        _table.Leave(0, Blocks, now: 2000);

        _table.Follow(Reading(true, false), isFresh: true, readAt);

        Assert.Equal(expected, Choose(2600).Slot);
    }

    [Fact]
    public void Slot_WithOurOwnCall_IsBusy_WhateverIsSaid()
    {
        _table.Follow(Reading(false, false), isFresh: true, readAt: 500);
        _table.Enter(0, Blocks, now: 1000, _returns);

        _table.Follow(Reading(false, false), isFresh: true, readAt: 1500);

        Assert.Equal((1, 0), (Choose(2000).Slot, Choose(2000).Blocks));
    }

    private static EngineReading Reading(params bool[] busy) => new()
    {
        Kind = EngineKind.LlamaCpp,
        ReadAt = 0,
        Slots = [.. busy.Select((isBusy, id) => new SlotReading(id, isBusy, 0))],
    };

    private SlotChoice Choose(uint now) => _table.Choose(new PromptShape(Blocks, tokens: 192, outputTokens: 64, session: 0), _returns, now);
}
