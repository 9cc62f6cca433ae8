using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Routing;
using Penstock.Routing.Prefix;
using Xunit;

namespace Penstock.Tests.Routing.Prefix;

/// <summary>Which slots are thought idle, by what was sent and by what the server said when it was last asked, and what is in them.</summary>
public sealed class SlotTableTests
{
    private readonly SlotTable _table = new();

    // Half of what is used comes back, all of it within a second.
    private readonly ReturnTimes _returns = new();

    public SlotTableTests()
    {
        for (var i = 0; i < 1000; i++)
        {
            _returns.Entered();
            _returns.Returned(500);
        }
    }

    [Fact]
    public void Choose_NothingIsKnown_IsNone()
    {
        Assert.False(_table.IsKnown);
        Assert.Equal(new SlotChoice(-1, 0, 0), Choose(PrefixRig.Prompt(1), 0));
        Assert.Null(_table.Book(PrefixRig.Prompt(1), _returns, 0));
    }

    [Fact]
    public void Choose_LongestCommonPrefix_Wins()
    {
        Follow(0, false, false, false);
        Use(0, PrefixRig.Blocks(1, 10), 0);
        Use(1, PrefixRig.Blocks(1, 15), 0);
        Use(2, PrefixRig.Blocks(2, 20), 0);

        var choice = Choose(PrefixRig.Prompt(1, 30), 60_000);

        Assert.Equal((1, 15), (choice.Slot, choice.Blocks));
        Assert.Equal(2, Choose(PrefixRig.Prompt(2, 5), 60_000).Slot);
    }

    [Fact]
    public void Choose_NothingInCommon_OverwritesWhatIsLeastLikelyToReturn()
    {
        Follow(0, false, false);
        Use(0, PrefixRig.Blocks(1, 10), 0);
        Use(1, PrefixRig.Blocks(2, 10), 59_900);

        Assert.Equal(new SlotChoice(0, 0, 0), Choose(PrefixRig.Prompt(3), 60_000));
        Take(0, 60_000);
        var other = Choose(PrefixRig.Prompt(3), 60_000);
        Assert.Equal(1, other.Slot);
        Assert.Equal(10 * PrefixRig.BlockTokens / 2.0, other.LostTokens, 1.0);
    }

    // Nothing is lost by taking an empty one, though little is gained by it either.
    [Fact]
    public void Choose_OneIsEmpty_IsThatOne()
    {
        Follow(0, false, false);
        Use(0, PrefixRig.Blocks(1, 10), 59_900);

        Assert.Equal(1, Choose(PrefixRig.Prompt(2), 60_000).Slot);
    }

    [Fact]
    public void Choose_BusySlots_AreNotChosen()
    {
        Follow(0, false, false);
        Use(0, PrefixRig.Blocks(1, 20), 0);
        var one = Take(0, 0);

        Assert.Equal((1, 0), Found(PrefixRig.Prompt(1), 0));
        Take(1, 0);
        Assert.Equal((-1, 0), Found(PrefixRig.Prompt(1), 0));
        one.Holds(PrefixRig.Blocks(1, 25));
        one.Leave(10);
        Assert.Equal((0, 20), Found(PrefixRig.Prompt(1), 20));
    }

    [Fact]
    public void Follow_OthersCalls_AreSeenWhileTheReadingIsFresh()
    {
        Follow(0, true, false);
        Assert.Equal(1, Choose(PrefixRig.Prompt(1), 0).Slot);

        var reading = Reading(true, true);
        _table.Follow(reading, 0, isFresh: true, 1000);
        Assert.Equal(-1, Choose(PrefixRig.Prompt(1), 1000).Slot);
        _table.Follow(reading, 0, isFresh: false, 1000);
        Assert.Equal(0, Choose(PrefixRig.Prompt(1), 9000).Slot);
    }

    // A server is asked once a second: what it said while our call ran says nothing of the time after.
    [Theory]
    [InlineData(500u, 0, 20)]
    [InlineData(900u, 0, 20)]
    [InlineData(1500u, 1, 0)]
    public void Slot_SaidToBeBusy_IsOthers_OnlyIfItWasAskedAfterOurCallHadLeft(uint readAt, int slot, int blocks)
    {
        Follow(0, false, false);
        var call = Take(0, 100);
        call.Holds(PrefixRig.Blocks(1, 20));
        call.Leave(900);

        Follow(readAt, true, false);

        Assert.Equal((slot, blocks), Found(PrefixRig.Prompt(1), 1600));
    }

    [Fact]
    public void Slot_WithOurOwnCall_IsBusy_WhateverIsSaid()
    {
        Follow(500, false, false);
        Take(0, 1000);

        Follow(1500, false, false);

        Assert.Equal((1, 0), Found(PrefixRig.Prompt(1), 2000));
    }

    // Somebody else's call has overwritten what was there; but soon after a call of ours it may be that one, given up and not over.
    [Theory]
    [InlineData(1100u, 20)]
    [InlineData(1101u, 0)]
    public void Slot_SeenWithAnothersCall_HoldsNothingThatIsKnown(uint readAt, int blocks)
    {
        Follow(0, false, false);
        Use(0, PrefixRig.Blocks(1, 20), 100);

        Follow(readAt, true, false);
        Follow(3000, false, false);

        Assert.Equal(blocks, Choose(PrefixRig.Prompt(1), 3100).Blocks);
    }

    [Fact]
    public void Booking_NothingWasSent_LeavesWhatWasThere()
    {
        Follow(0, false);
        Use(0, PrefixRig.Blocks(1, 20), 0);

        var call = _table.Book(PrefixRig.Prompt(2), _returns, 1000)!;
        call.Leave(1001);

        Assert.Equal((0, 20), Found(PrefixRig.Prompt(1), 2000));
    }

    // It was sent and has failed: whether it was read nobody knows, but what both begin with is there either way.
    [Fact]
    public void Booking_SentAndNotRead_LeavesWhatBothHave()
    {
        Follow(0, false);
        Use(0, PrefixRig.Blocks(1, 20), 0);

        var call = _table.Book(PrefixRig.Prompt(1, 8), _returns, 1000)!;
        call.Sent(PrefixRig.Blocks(1, 8));
        call.Leave(1001);

        Assert.Equal((0, 8), Found(PrefixRig.Prompt(1), 2000));
    }

    [Fact]
    public void Booking_LeftTwice_FreesItsSlotOnce()
    {
        Follow(0, false);
        var call = Take(0, 0);
        call.Leave(1);
        Take(0, 2);

        call.Leave(3);

        Assert.Equal(-1, Choose(PrefixRig.Prompt(1), 4).Slot);
    }

    [Fact]
    public void Slot_ThatTheCallerNames_IsBooked()
    {
        Follow(0, false, false);

        var own = _table.Book(Wishing(new SlotWish(false, 0)), _returns, 0)!;
        var around = _table.Book(Wishing(new SlotWish(false, 3)), _returns, 0)!;

        Assert.Equal((0, 1), (own.Slot, around.Slot));
        Assert.Equal(-1, Choose(PrefixRig.Prompt(1), 0).Slot);
        own.Leave(10);
        Assert.Equal(0, Choose(PrefixRig.Prompt(1), 20).Slot);
    }

    // Two of them in one slot: one waits for the other in the server.
    [Fact]
    public void Slot_ThatTwoCallersName_IsBusyUntilBothHaveLeft()
    {
        Follow(0, false);
        var one = _table.Book(Wishing(new SlotWish(false, 0)), _returns, 0)!;
        var other = _table.Book(Wishing(new SlotWish(false, 0)), _returns, 0)!;

        one.Leave(10);
        Assert.Equal(-1, Choose(PrefixRig.Prompt(1), 20).Slot);
        other.Leave(30);

        Assert.Equal(0, Choose(PrefixRig.Prompt(1), 40).Slot);
    }

    // It may be in any slot until the server was asked; after that it is in the one that nobody else accounts for.
    [Fact]
    public void Call_ForWhichTheServerChooses_HidesAllSlots_UntilItIsSeenInOne()
    {
        Follow(0, false, false, false);
        Use(2, PrefixRig.Blocks(1, 20), 100);

        var stray = _table.Book(Wishing(new SlotWish(IsServers: true)), _returns, 500)!;
        Assert.Null(stray.Slot);
        Assert.Equal((-1, 20), Found(PrefixRig.Prompt(1), 600));

        Follow(1000, false, true, false);
        Assert.Equal((2, 20), Found(PrefixRig.Prompt(1), 1100));
        stray.Leave(1200);
        Assert.Equal(2, Choose(PrefixRig.Prompt(1), 1300).Slot);
    }

    // It stands in the server's line, and gets the next slot that is left.
    [Fact]
    public void Call_ThatWaitsInTheServer_HidesAllSlots()
    {
        Follow(0, false);
        var first = Take(0, 0);
        var waits = _table.Book(PrefixRig.Prompt(2), _returns, 500)!;
        Assert.Null(waits.Slot);

        Follow(1000, true);
        first.Leave(1100);
        Assert.Equal(-1, Choose(PrefixRig.Prompt(1), 1200).Slot);
        waits.Leave(1300);

        Assert.Equal(0, Choose(PrefixRig.Prompt(1), 1400).Slot);
    }

    // What it holds is not known by blocks but for a moment, and what it said before it began anew is of the one that was.
    [Fact]
    public void Follow_BegunAnew_IsNotKnownUntilItsNextReading()
    {
        var before = Reading(false, false, false);
        _table.Follow(before, 1, isFresh: true, 0);
        var going = Take(2, 0);

        _table.Follow(before, 2, isFresh: true, 0);
        Assert.False(_table.IsKnown);
        Assert.Equal(-1, Choose(PrefixRig.Prompt(1), 0).Slot);

        _table.Follow(Reading(false), 2, isFresh: true, 1000);
        going.Holds(PrefixRig.Blocks(1, 20));
        going.Leave(1100);
        Assert.Equal((0, 0), Found(PrefixRig.Prompt(1), 1200));
    }

    // Two pools look at one server: who comes late with what it read before changes nothing.
    [Fact]
    public void Follow_AnEarlierReading_IsNotHeeded()
    {
        _table.Follow(Reading(false, false) with { ReadAt = 2000 }, 3, isFresh: true, 2000);

        _table.Follow(Reading(false) with { ReadAt = 1000 }, 3, isFresh: true, 1000);
        _table.Follow(Reading(false) with { ReadAt = 2000 }, 2, isFresh: true, 2000);
        Take(0, 2000);

        Assert.Equal(1, Choose(PrefixRig.Prompt(1), 2100).Slot);
    }

    [Fact]
    public void Follow_OtherNumberOfSlots_BeginsAnew()
    {
        Follow(0, false, false, false);
        var going = Take(2, 0);

        Follow(0, false);
        var mine = Take(0, 10);
        going.Holds(PrefixRig.Blocks(1, 20));
        going.Leave(20);

        Assert.Equal(-1, Choose(PrefixRig.Prompt(1), 30).Slot);
        mine.Leave(40);
        Assert.Equal((0, 0), Found(PrefixRig.Prompt(1), 50));
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("no slots")]
    [InlineData("keeps prompts")]
    public void Follow_SlotsAreNotToldAnyMore_IsNotKnown(string now)
    {
        Follow(0, false, false);

        _table.Follow(
            now switch
            {
                "nothing" => null,
                "no slots" => Reading() with { Slots = null },
                _ => Reading(false, false) with { KeepsPrompts = true },
            },
            0, isFresh: true, 1000);

        Assert.False(_table.IsKnown);
        Assert.Equal(-1, Choose(PrefixRig.Prompt(1), 1000).Slot);
    }

    private static EngineReading Reading(params bool[] isProcessing) => new()
    {
        Kind = EngineKind.LlamaCpp,
        ReadAt = 0,
        Slots = [.. isProcessing.Select((isBusy, i) => new SlotReading(i, isBusy, 4096))],
    };

    private static PromptShape Wishing(SlotWish wish) =>
        new(PrefixRig.Blocks(9, 5), tokens: 5.5 * PrefixRig.BlockTokens, outputTokens: 0, session: 0) { Slot = wish };

    private void Follow(uint readAt, params bool[] isProcessing) => _table.Follow(Reading(isProcessing), 0, isFresh: true, readAt);

    private SlotChoice Choose(PromptShape prompt, uint now) => _table.Choose(prompt, _returns, now);

    private (int Slot, int Blocks) Found(PromptShape prompt, uint now) => (Choose(prompt, now).Slot, Choose(prompt, now).Blocks);

    // What the table counts meanwhile is not what these tests are about.
    private SlotBooking Take(int slot, uint now) => _table.Book(Wishing(new SlotWish(false, slot)), new ReturnTimes(), now)!;

    private void Use(int slot, ulong[] blocks, uint now)
    {
        var call = Take(slot, now);
        call.Holds(blocks);
        call.Leave(now);
    }
}
