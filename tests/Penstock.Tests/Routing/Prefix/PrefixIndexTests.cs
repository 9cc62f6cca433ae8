using FsCheck;
using FsCheck.Fluent;
using Penstock.Protocol;
using Penstock.Routing.Prefix;
using Xunit;

namespace Penstock.Tests.Routing.Prefix;

public sealed class PrefixIndexTests
{
    private const int Servers = 3;
    private const int Room = 40;

    // Whatever happens, no block is there without those before it, none is there twice, and there is never more than room.
    [Fact]
    public void Index_AnySteps_KeepsItsBoundAndItsHeads() => Prop.ForAll(
        Gen.ArrayOf(from kind in Gen.Choose(0, 9)
                    from server in Gen.Choose(0, Servers - 1)
                    from conversation in Gen.Choose(0, 5)
                    from length in Gen.Choose(1, 60)
                    select (kind, server, conversation, length)).ToArbitrary(),
        steps =>
        {
            var index = new PrefixIndex(Servers, Room);
            var now = 0u;
            foreach (var (kind, server, conversation, length) in steps)
            {
                now += 400;
                var blocks = Blocks(conversation, length);
                if (kind == 0) index.Forget(server);
                else if (kind == 1) index.Limit(server, length);
                else if (kind == 2) index.ForgetUnused(server, now - 1000, length);
                else if (kind == 3) index.Kept(server, length);
                else if (kind == 4) index.Abandon(server, conversation);
                else index.Enter(server, blocks, now, isConfirmed: kind > 5);
                AssertSound(index, now);
            }

            for (var server = 0; server < Servers; server++) index.Forget(server);
            Assert.Equal(0, index.Count);
        }).QuickCheckThrowOnFailure();

    // Against a plain list for each server.
    [Fact]
    public void Match_AnySteps_IsWhatAListSays() => Prop.ForAll(
        Gen.ArrayOf(from server in Gen.Choose(0, Servers - 1)
                    from conversation in Gen.Choose(0, 5)
                    from length in Gen.Choose(1, 30)
                    select (server, conversation, length)).ToArbitrary(),
        steps =>
        {
            var index = new PrefixIndex(Servers, Room);
            var lists = Enumerable.Range(0, Servers).Select(_ => new List<ulong>()).ToArray();
            foreach (var (server, conversation, length) in steps)
            {
                var blocks = Blocks(conversation, length);
                index.Enter(server, blocks, 0, isConfirmed: true);
                foreach (var block in blocks.Reverse())
                {
                    if (!lists[server].Remove(block) && lists[server].Count == Room) lists[server].RemoveAt(0);
                    lists[server].Add(block);
                }

                for (var other = 0; other <= 5; other++)
                {
                    var prompt = Blocks(other, 30);
                    var depths = new int[Servers];
                    index.Match(prompt, 0, depths);
                    Assert.Equal(lists.Select(list => prompt.TakeWhile(list.Contains).Count()), depths);
                }
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Match_NotConfirmed_CountsForFiveSeconds()
    {
        var index = new PrefixIndex(Servers);
        var blocks = Blocks(1, 20);
        index.Enter(1, blocks.AsSpan(0, 8), 1000, isConfirmed: true);
        index.Enter(1, blocks, 2000, isConfirmed: false);

        Assert.Equal(20, DepthOf(index, blocks, 6999));
        Assert.Equal(8, DepthOf(index, blocks, 7000));
        index.Enter(1, blocks.AsSpan(0, 12), 8000, isConfirmed: false);
        Assert.Equal(12, DepthOf(index, blocks, 8001));
        index.Enter(1, blocks.AsSpan(0, 10), 8500, isConfirmed: true);
        Assert.Equal(10, DepthOf(index, blocks, 20_000));
        Assert.Equal(10, index[1].Provisional);
    }

    [Fact]
    public void Enter_LongerThanThereIsRoom_KeepsItsBeginning()
    {
        var index = new PrefixIndex(Servers, Room);
        var blocks = Blocks(2, 100);
        index.Enter(1, blocks, 0, isConfirmed: true);

        Assert.Equal(Room, DepthOf(index, blocks, 0));
        Assert.Equal(Room, index.Count);
    }

    [Fact]
    public void Enter_AtTheDefaultSize_StaysBelow16MiB()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var index = new PrefixIndex(8);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        for (var i = 0; i < 8 * 40; i++) index.Enter(i % 8, Blocks(i, 1000), (uint)i, isConfirmed: true);
        var after = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(allocated, 1, 16 * 1024 * 1024);
        // The prompts' own arrays, and no more of the index's.
        Assert.InRange(after - allocated, 0, 8 * 40 * 40_000);
        Assert.All(Enumerable.Range(0, 8), server => Assert.Equal(PrefixIndex.DefaultBlocks, index[server].Count));
    }

    // What is refused after all must not take the place of what was read, however often it comes.
    [Fact]
    public void Enter_NotConfirmed_TakesNoMoreThanWhatIsFreeAndAnEighth()
    {
        var index = new PrefixIndex(Servers, Room);
        var read = Blocks(1, 30);
        index.Enter(1, read, 0, isConfirmed: true);

        for (var conversation = 2; conversation < 20; conversation += 2) index.Enter(1, Blocks(conversation, 100), 1000, isConfirmed: false);

        // Ten were free; with them there are twice as many as an eighth.
        Assert.Equal(10, index[1].Provisional);
        Assert.Equal(30, DepthOf(index, read, 2000));
        Assert.Equal(10, DepthOf(index, Blocks(2, 100), 2000));
        index.Enter(1, Blocks(30, Room), 3000, isConfirmed: true);
        Assert.Equal((Room, 0), (DepthOf(index, Blocks(30, Room), 3000), index[1].Provisional));
        index.Enter(1, Blocks(40, Room), 4000, isConfirmed: false);
        Assert.Equal((Room / 8, Room - (Room / 8)), (DepthOf(index, Blocks(40, Room), 4000), DepthOf(index, Blocks(30, Room), 4000)));
    }

    // Callers who leave before there is an answer, one after the other, must not keep for good what siblings stay together by.
    [Fact]
    public void Enter_NotConfirmed_WhatCountsNoLongerGivesItsRoomBack()
    {
        var index = new PrefixIndex(Servers, Room);
        var read = Blocks(1, Room);
        index.Enter(1, read, 0, isConfirmed: true);
        for (var turn = 0u; turn < 20; turn++)
        {
            var now = 1000 + (turn * 5000);
            var (left, late) = (Blocks(2 + (int)(turn * 4), 10), Blocks(4 + (int)(turn * 4), 10));
            index.Enter(1, left, now, isConfirmed: false);
            index.Enter(1, late, now + 10, isConfirmed: false);

            Assert.Equal((5, 0), (DepthOf(index, left, now + 10), DepthOf(index, late, now + 10)));
        }

        Assert.Equal((Room - 5, 5), (DepthOf(index, read, 200_000), index[1].Provisional));
    }

    // An editor that takes back what it has asked, at each key.
    [Fact]
    public void Abandon_CallsThatLeftEarly_GiveTheirRoomBack()
    {
        var index = new PrefixIndex(Servers, Room);
        index.Enter(1, Blocks(1, Room), 0, isConfirmed: true);
        for (var conversation = 2; conversation < 80; conversation += 4)
        {
            var (left, late) = (Blocks(conversation, 10), Blocks(conversation + 2, 10));
            Assert.Equal(5, index.Enter(1, left, 1000, isConfirmed: false) + index[1].Abandoned);
            index.Enter(1, late, 1000, isConfirmed: false);
            Assert.Equal((5, 0), (DepthOf(index, left, 1000), DepthOf(index, late, 1000)));

            index.Abandon(1, 5);
            Assert.Equal(5, DepthOf(index, left, 1000));
        }

        Assert.Equal((5, 5), (index[1].Provisional, index[1].Abandoned));
        // Who asks for the same again has it.
        index.Enter(1, Blocks(78, 5), 2000, isConfirmed: true);
        Assert.Equal((0, 0), (index[1].Provisional, index[1].Abandoned));
    }

    // As long as there is room, what was not read in time is there when it is: it has not come back.
    [Fact]
    public void Enter_NotConfirmed_WhereThereIsRoom_WhatCountsNoLongerStays()
    {
        var index = new PrefixIndex(Servers, Room);
        index.Enter(1, Blocks(2, 10), 0, isConfirmed: false);
        index.Enter(1, Blocks(4, 10), 10_000, isConfirmed: false);

        Assert.Equal((20, 20), (index[1].Count, index[1].Provisional));
        Assert.Equal(0, DepthOf(index, Blocks(2, 10), 10_000));
    }

    // The same call's blocks are there when its answer comes; that is no return.
    [Fact]
    public void Returns_CallThatEnters_AndIsConfirmed_AreCountedOnce()
    {
        var index = new PrefixIndex(Servers);
        for (var conversation = 0; conversation < 40; conversation += 2)
        {
            index.Enter(1, Blocks(conversation, 20), 1000, isConfirmed: false);
            index.Enter(1, Blocks(conversation, 20), 2000, isConfirmed: true);
        }

        Assert.Equal(0, index.Returns.ChanceAfter(0));
        index.Enter(1, Blocks(0, 20), 10_000, isConfirmed: false);
        Assert.InRange(index.Returns.ChanceAfter(0), 20 / 421.0, 20 / 420.0);
    }

    [Fact]
    public void ForgetUnused_AllIsOlder_ForgetsAQuarterAtMost()
    {
        var index = new PrefixIndex(Servers);
        for (var conversation = 0; conversation < 40; conversation += 2) index.Enter(1, Blocks(conversation, 40), (uint)(conversation * 100), isConfirmed: true);

        index.Limit(1, 800);
        index.ForgetUnused(1, since: 10_000, lost: 1000);

        Assert.Equal((600, 600), (index[1].Count, index[1].Limit));
        index.ForgetUnused(1, since: 500, lost: 1000);
        // All that is there is newer: nothing is lost, and nothing learned.
        Assert.Equal((600, 600), (index[1].Count, index[1].Limit));
    }

    // One prompt may be missing for a reason of its own.
    [Fact]
    public void ForgetUnused_LittleWasMissing_ForgetsLittle()
    {
        var index = new PrefixIndex(Servers);
        for (var conversation = 0; conversation < 40; conversation += 2) index.Enter(1, Blocks(conversation, 40), (uint)(conversation * 100), isConfirmed: true);
        index.Limit(1, 850);

        index.ForgetUnused(1, since: 10_000, lost: 4);

        Assert.Equal((784, 834), (index[1].Count, index[1].Limit));
    }

    [Fact]
    public void ForgetUnused_RoomIsNotUsedUp_LearnsNothingOfIt()
    {
        var index = new PrefixIndex(Servers);
        for (var conversation = 0; conversation < 40; conversation += 2) index.Enter(1, Blocks(conversation, 40), (uint)(conversation * 100), isConfirmed: true);
        index.Limit(1, 1000);

        index.ForgetUnused(1, since: 10_000, lost: 1000);

        Assert.Equal((600, 1000), (index[1].Count, index[1].Limit));
    }

    // What it was not believed to hold may have come from another gateway, or be of a time before this one.
    [Theory]
    [InlineData(399, 20, 400)]
    [InlineData(400, 20, 440)]
    [InlineData(400, 300, 450)]
    public void Kept_HasMoreRoom_WhereThatWasUsedUp(int held, int found, int limit)
    {
        var index = new PrefixIndex(Servers);
        index.Limit(1, 400);
        index.Enter(1, Blocks(0, held), 0, isConfirmed: true);

        index.Kept(1, found);

        Assert.Equal((held, limit), (index[1].Count, index[1].Limit));
    }

    [Fact]
    public void ForgetUnused_HasLessRoomThanIsEverLearned_GetsNoMore()
    {
        var index = new PrefixIndex(Servers, Room);
        index.Enter(1, Blocks(0, Room), 0, isConfirmed: true);

        index.ForgetUnused(1, since: 0, lost: Room);

        Assert.Equal((30, Room), (index[1].Count, index[1].Limit));
    }

    // A full turn of the clock: 49 days.
    [Fact]
    public void Match_ClockWrapsAround_Counts()
    {
        var index = new PrefixIndex(Servers);
        var blocks = Blocks(3, 5);
        index.Enter(1, blocks, uint.MaxValue - 1000, isConfirmed: false);

        Assert.Equal(5, DepthOf(index, blocks, 3000));
        Assert.Equal(0, DepthOf(index, blocks, 5000));
    }

    private static int DepthOf(PrefixIndex index, ulong[] blocks, uint now)
    {
        var depths = new int[Servers];
        index.Match(blocks, now, depths);
        return depths[1];
    }

    private static void AssertSound(PrefixIndex index, uint now)
    {
        for (var server = 0; server < Servers; server++)
        {
            var lru = index[server];
            Assert.InRange(lru.Count, 0, lru.Limit);
            Assert.InRange(lru.Provisional, 0, lru.Count);
            Assert.InRange(lru.Abandoned, 0, lru.Provisional);
            var held = new HashSet<ulong>();
            for (var conversation = 0; conversation <= 5; conversation++)
            {
                var blocks = Blocks(conversation, 60);
                var here = blocks.Select(block => lru.Find(block) >= 0).ToArray();
                Assert.DoesNotContain(true, here.SkipWhile(isHere => isHere));
                held.UnionWith(blocks.Where((_, i) => here[i]));
                var depths = new int[Servers];
                index.Match(blocks, now, depths);
                Assert.InRange(depths[server], 0, here.Count(isHere => isHere));
            }

            Assert.Equal(held.Count, lru.Count);
        }
    }

    // Conversations that share their first ten blocks by twos.
    private static ulong[] Blocks(int conversation, int length)
    {
        var blocks = new ulong[length];
        var hash = 1UL;
        for (var i = 0; i < length; i++) blocks[i] = hash = BlockHash.Mix(hash, i < 10 ? (ulong)(conversation / 2) : (ulong)(1000 + conversation));
        return blocks;
    }
}
