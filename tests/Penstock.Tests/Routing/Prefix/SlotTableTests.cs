using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Routing.Prefix;
using Xunit;

namespace Penstock.Tests.Routing.Prefix;

public sealed class SlotTableTests
{
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
        var table = new SlotTable();

        Assert.False(table.IsKnown);
        Assert.Equal(new SlotChoice(-1, 0, 0), table.Choose(PrefixRig.Prompt(1), _returns, 0));
    }

    [Fact]
    public void Choose_LongestCommonPrefix_Wins()
    {
        var table = Table(false, false, false);
        Use(table, 0, PrefixRig.Blocks(1, 10), 0);
        Use(table, 1, PrefixRig.Blocks(1, 15), 0);
        Use(table, 2, PrefixRig.Blocks(2, 20), 0);

        var choice = table.Choose(PrefixRig.Prompt(1, 30), _returns, 60_000);

        Assert.Equal((1, 15), (choice.Slot, choice.Blocks));
        Assert.Equal(2, table.Choose(PrefixRig.Prompt(2, 5), _returns, 60_000).Slot);
    }

    [Fact]
    public void Choose_NothingInCommon_OverwritesWhatIsLeastLikelyToReturn()
    {
        var table = Table(false, false);
        Use(table, 0, PrefixRig.Blocks(1, 10), 0);
        Use(table, 1, PrefixRig.Blocks(2, 10), 59_900);

        Assert.Equal(new SlotChoice(0, 0, 0), table.Choose(PrefixRig.Prompt(3), _returns, 60_000));
        Use(table, 0, PrefixRig.Blocks(1, 10), 60_000, isOver: false);
        var other = table.Choose(PrefixRig.Prompt(3), _returns, 60_000);
        Assert.Equal(1, other.Slot);
        Assert.Equal(10 * PrefixRig.BlockTokens / 2.0, other.LostTokens, 1.0);
    }

    // Nothing is lost by taking an empty one, though little is gained by it either.
    [Fact]
    public void Choose_OneIsEmpty_IsThatOne()
    {
        var table = Table(false, false);
        Use(table, 0, PrefixRig.Blocks(1, 10), 59_900);

        Assert.Equal(1, table.Choose(PrefixRig.Prompt(2), _returns, 60_000).Slot);
    }

    [Fact]
    public void Choose_BusySlots_AreNotChosen()
    {
        var table = Table(false, false);
        Use(table, 0, PrefixRig.Blocks(1, 20), 0, isOver: false);

        Assert.Equal((1, 0), (table.Choose(PrefixRig.Prompt(1), _returns, 0).Slot, table.Choose(PrefixRig.Prompt(1), _returns, 0).Blocks));
        Use(table, 1, PrefixRig.Blocks(2, 20), 0, isOver: false);
        Assert.Equal(-1, table.Choose(PrefixRig.Prompt(1), _returns, 0).Slot);
        table.Leave(0, PrefixRig.Blocks(1, 25), 10);
        Assert.Equal((0, 20), (table.Choose(PrefixRig.Prompt(1), _returns, 20).Slot, table.Choose(PrefixRig.Prompt(1), _returns, 20).Blocks));
    }

    [Fact]
    public void Follow_OthersCalls_AreSeenWhileTheReadingIsFresh()
    {
        var table = Table(true, false);

        Assert.Equal(1, table.Choose(PrefixRig.Prompt(1), _returns, 0).Slot);
        table.Follow(Reading(true, true), isFresh: true, 1000);
        Assert.Equal(-1, table.Choose(PrefixRig.Prompt(1), _returns, 1000).Slot);
        table.Follow(Reading(true, true), isFresh: false, 1000);
        Assert.Equal(0, table.Choose(PrefixRig.Prompt(1), _returns, 9000).Slot);
    }

    // A server is asked once a second: what it said while our call ran says nothing of the time after.
    [Fact]
    public void Follow_ReadBeforeOwnCallEnded_SlotIsFree()
    {
        var table = Table(false, false);
        Use(table, 0, PrefixRig.Blocks(1, 20), 100, isOver: false);
        table.Leave(0, PrefixRig.Blocks(1, 20), 900);

        table.Follow(Reading(true, false), isFresh: true, 500);
        Assert.Equal(0, table.Choose(PrefixRig.Prompt(1), _returns, 1000).Slot);

        table.Follow(Reading(true, false), isFresh: true, 1500);
        Assert.Equal(1, table.Choose(PrefixRig.Prompt(1), _returns, 1600).Slot);
    }

    [Fact]
    public void Follow_OtherNumberOfSlots_BeginsAnew()
    {
        var table = Table(false, false, false);
        Use(table, 2, PrefixRig.Blocks(1, 20), 0, isOver: false);

        table.Follow(Reading(false), isFresh: true, 0);
        table.Leave(2, PrefixRig.Blocks(1, 20), 0);

        Assert.Equal((0, 0), (table.Choose(PrefixRig.Prompt(1), _returns, 0).Slot, table.Choose(PrefixRig.Prompt(1), _returns, 0).Blocks));
    }

    [Fact]
    public void Forget_HoldsNothing_AndKeepsWhoIsBusy()
    {
        var table = Table(false, false);
        Use(table, 0, PrefixRig.Blocks(1, 20), 0, isOver: false);
        Use(table, 1, PrefixRig.Blocks(1, 20), 0);

        table.Forget();

        Assert.Equal(new SlotChoice(1, 0, 0), table.Choose(PrefixRig.Prompt(1), _returns, 0));
    }

    private static SlotTable Table(params bool[] isProcessing)
    {
        var table = new SlotTable();
        table.Follow(Reading(isProcessing), isFresh: true, 0);
        return table;
    }

    private static EngineReading Reading(params bool[] isProcessing) => new()
    {
        Kind = EngineKind.LlamaCpp,
        ReadAt = 0,
        Slots = [.. isProcessing.Select((isBusy, i) => new SlotReading(i, isBusy, 4096))],
    };

    // What the table counts meanwhile is not what these tests are about.
    private static void Use(SlotTable table, int slot, ulong[] blocks, uint now, bool isOver = true)
    {
        table.Enter(slot, blocks, now, new ReturnTimes());
        if (isOver) table.Leave(slot, blocks, now);
    }
}
