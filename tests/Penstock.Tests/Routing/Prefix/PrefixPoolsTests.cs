using Penstock.Backends;
using Penstock.Protocol;
using Penstock.Routing.Prefix;
using Xunit;

namespace Penstock.Tests.Routing.Prefix;

/// <summary>What is known of servers, over reloads.</summary>
public sealed class PrefixPoolsTests
{
    [Fact]
    public void For_SameMembers_KeepsWhatIsKnown()
    {
        var rig = new PrefixRig(2);
        rig.Call(1, PrefixRig.Prompt(1));

        Assert.Equal(20, Held(rig.Reload(rig.Servers), rig.Servers, rig.Servers[1]));
        Backend[] other = [rig.Servers[1], rig.Servers[0]];
        Assert.Equal(20, Held(rig.Reload(other), other, rig.Servers[1]));
    }

    // One index for forty models of the same servers: a server has one cache, and hashes begin with the model.
    [Fact]
    public void For_SameServersInAnotherOrder_IsTheSamePool()
    {
        var rig = new PrefixRig(2);

        Assert.Same(rig.Known, rig.Pools.For([rig.Servers[1], rig.Servers[0]]));
        Assert.NotSame(rig.Known, rig.Pools.For([rig.Servers[1]]));
    }

    [Fact]
    public void For_NobodyCalls_TakesNoMemory()
    {
        var rig = new PrefixRig(8);
        Backend[][] parts = [.. Enumerable.Range(0, 8).Select(without => rig.Servers.Where((_, i) => i != without).ToArray())];
        var before = GC.GetAllocatedBytesForCurrentThread();

        rig.Pools.Begin();
        foreach (var members in parts) rig.Pools.For(members);
        rig.Pools.Keep();

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1024 * 1024);
    }

    // Two go on from one: each has its own, and so do the calls of before.
    [Fact]
    public void Keep_OneBecomesTwo_BothKnowWhatItKnew()
    {
        var rig = new PrefixRig(3);
        for (var server = 0; server < 3; server++) rig.Call(server, PrefixRig.Prompt(1));
        Backend[] first = [rig.Servers[0], rig.Servers[1]];
        Backend[] second = [rig.NewServer(3), rig.Servers[2], rig.Servers[1]];

        rig.Pools.Begin();
        var (one, other) = (rig.Pools.For(first), rig.Pools.For(second));
        rig.Pools.Keep();
        using (var dispatch = new PrefixDispatch(other, second[0], PrefixRig.Prompt(2))) dispatch.FirstToken(TimeSpan.Zero);

        Assert.Equal([20, 20], first.Select(server => Held(one, first, server)));
        Assert.Equal([0, 20, 20], second.Select(server => Held(other, second, server)));
        Assert.Equal([20, 0, 0], second.Select(server => Held(other, second, server, PrefixRig.Prompt(2))));
        Assert.Equal([0, 0], first.Select(server => Held(one, first, server, PrefixRig.Prompt(2))));
        Assert.Equal([20, 20, 20], Enumerable.Range(0, 3).Select(server => rig.Held(server, PrefixRig.Prompt(1))));
    }

    // Who has the same servers as before goes on with them, whoever else is made before it and would take them over.
    [Fact]
    public void Keep_OneStaysAndOneIsNew_TheNewOneHasACopy()
    {
        var rig = new PrefixRig(2);
        for (var server = 0; server < 2; server++) rig.Call(server, PrefixRig.Prompt(1));
        Backend[] members = [rig.Servers[0], rig.NewServer(2)];

        rig.Pools.Begin();
        var added = rig.Pools.For(members);
        var same = rig.Pools.For(rig.Servers);
        rig.Pools.Keep();
        using (var dispatch = new PrefixDispatch(added, members[1], PrefixRig.Prompt(2))) dispatch.FirstToken(TimeSpan.Zero);

        Assert.Same(rig.Known, same);
        Assert.Equal([20, 0], members.Select(server => Held(added, members, server)));
        Assert.Equal([20, 20], rig.Servers.Select(server => Held(same, rig.Servers, server)));
    }

    [Fact]
    public void For_OneIsReplaced_KeepsTheOthers()
    {
        var rig = new PrefixRig(3);
        for (var server = 0; server < 3; server++) rig.Call(server, PrefixRig.Prompt(1));
        Backend[] members = [rig.Servers[2], rig.NewServer(3), rig.Servers[0]];

        var pool = rig.Reload(members);

        Assert.Equal([20, 0, 20], members.Select(member => Held(pool, members, member)));
    }

    [Fact]
    public void For_OneGoesAndComesBack_KeepsTheOtherAndForgetsIt()
    {
        var rig = new PrefixRig(2);
        for (var server = 0; server < 2; server++) rig.Call(server, PrefixRig.Prompt(1));

        rig.Reload(rig.Servers[1]);
        var pool = rig.Reload(rig.Servers);

        Assert.Equal([0, 20], rig.Servers.Select(server => Held(pool, rig.Servers, server)));
    }

    [Fact]
    public void For_MoreMembers_KeepsThoseThatWereThere()
    {
        var rig = new PrefixRig(2);
        rig.Tell(1, slots: [false, false]);
        rig.Call(0, PrefixRig.Prompt(1));
        rig.Call(1, PrefixRig.Prompt(1, 15));
        var going = rig.Send(0, PrefixRig.Prompt(2, outputTokens: 10));
        Backend[] members = [rig.NewServer(2), rig.Servers[1], rig.NewServer(3), rig.Servers[0]];

        var pool = rig.Reload(members);

        Assert.Equal([0, 15, 0, 20], members.Select(member => Held(pool, members, member)));
        Assert.Equal(1, pool.PaceOf(rig.Servers[0], pool.Now).Waiting);
        going.Dispose();
        Assert.Equal(0, pool.PaceOf(rig.Servers[0], pool.Now).Waiting);
        // What was not confirmed does not become so.
        rig.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(0, Held(pool, members, rig.Servers[0], PrefixRig.Prompt(2)));
    }

    [Fact]
    public void Keep_NotMadeAgain_IsForgotten()
    {
        var rig = new PrefixRig(2);
        rig.Call(1, PrefixRig.Prompt(1));

        rig.Pools.Begin();
        rig.Pools.For([rig.NewServer(2)]);
        rig.Pools.Keep();

        Assert.Equal(0, Held(rig.Reload(rig.Servers), rig.Servers, rig.Servers[1]));
    }

    // A configuration that is refused after its pools were made leaves all of it as it was.
    [Fact]
    public void Begin_MadeForNothing_LeavesWhatIsKnown()
    {
        var rig = new PrefixRig(2);
        for (var server = 0; server < 2; server++) rig.Call(server, PrefixRig.Prompt(1));

        rig.Pools.Begin();
        rig.Pools.For([rig.NewServer(2), rig.NewServer(3)]);
        rig.Pools.For([rig.Servers[0], rig.NewServer(2)]);

        Assert.Equal([20, 20], Enumerable.Range(0, 2).Select(server => rig.Held(server, PrefixRig.Prompt(1))));
        Assert.Equal([20, 20], rig.Servers.Select(server => Held(rig.Reload(rig.Servers), rig.Servers, server)));
    }

    // Its place is another's: what it still hears of its own server is no word of that one.
    [Fact]
    public void Reload_CallIsUnderWay_WritesNothingToWhoHasItsPlace()
    {
        var rig = new PrefixRig(2);
        rig.Known.Index.Limit(0, 400);
        var (going, read) = (PrefixRig.Prompt(1), PrefixRig.Prompt(2));
        rig.Call(0, read);
        using var pick = rig.Send(0, going);
        var newcomer = rig.NewServer(2);
        Backend[] members = [newcomer, rig.Servers[1]];
        var pool = rig.Reload(members);
        Assert.Equal(0, Held(pool, members, newcomer, going));
        Assert.Equal(PrefixIndex.DefaultBlocks, pool.Index[0].Limit);

        pick.Dispatch!.FirstToken(TimeSpan.Zero);
        pick.Dispatch.Answered(TimeSpan.Zero, new TokenUsage(1312, 1, CachedTokens: 1300));
        rig.Call(0, read);

        Assert.Equal([0, 0], new[] { going, read }.Select(prompt => Held(pool, members, newcomer, prompt)));
        Assert.Equal((0, PrefixIndex.DefaultBlocks), (pool.Index[0].Count, pool.Index[0].Limit));
    }

    // Calls in line have the snapshot that they came with: each of the two takes the place for its own server's.
    [Fact]
    public void Reload_PoolOfBeforeIsStillAsked_ForgetsNothing()
    {
        var rig = new PrefixRig(2);
        // It has begun anew once, and the newcomer has not.
        rig.Servers[0].State.Health.ProbeFailed("refused");
        rig.Servers[0].State.Health.ProbeSucceeded();
        rig.Call(0, PrefixRig.Prompt(1));
        var newcomer = rig.NewServer(2);
        Backend[] members = [newcomer, rig.Servers[1]];
        var pool = rig.Reload(members);
        var pick = Assert.IsType<PrefixDispatch>(new PrefixPicker(pool, TimeSpan.Zero).Begin(newcomer, PrefixRig.Prompt(3)));
        pick.FirstToken(TimeSpan.Zero);

        rig.Held(0, PrefixRig.Prompt(1));

        Assert.Equal(20, Held(pool, members, newcomer, PrefixRig.Prompt(3)));
    }

    private static double Held(PrefixPool pool, Backend[] members, Backend server, Penstock.Routing.PromptShape? prompt = null)
    {
        prompt ??= PrefixRig.Prompt(1);
        var costs = new PrefixPicker(pool, TimeSpan.FromSeconds(2)).Explain(members, [], prompt, out _);
        return costs.Single(cost => cost.Backend == server).CachedTokens / prompt.BlockTokens;
    }

    // Pools come and go with reloads, and a server may be in several: what it has to do must not depend on who asks.
    [Fact]
    public void PaceOf_ServerInTwoPools_IsTheSameInBoth()
    {
        var rig = new PrefixRig(1);
        rig.Time.Advance(TimeSpan.FromSeconds(100));
        var other = rig.Pools.For([rig.Servers[0], rig.NewServer(1)]);

        var dispatch = new PrefixDispatch(other, rig.Servers[0], PrefixRig.Prompt(1, 100));

        Assert.Equal(6432, rig.Known.PaceOf(rig.Servers[0], rig.Known.Now).WaitingTokens);
        dispatch.Dispose();
        Assert.Equal(0, rig.Known.PaceOf(rig.Servers[0], rig.Known.Now).WaitingTokens);
    }
}
