using Penstock.Backends;
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

        Assert.Equal(20, Held(rig.Pools.For("pool", rig.Servers), rig.Servers, rig.Servers[1]));
        Assert.Equal(0, Held(rig.Pools.For("other pool", rig.Servers), rig.Servers, rig.Servers[1]));
    }

    [Fact]
    public void For_OneIsReplaced_KeepsTheOthers()
    {
        var rig = new PrefixRig(3);
        for (var server = 0; server < 3; server++) rig.Call(server, PrefixRig.Prompt(1));
        Backend[] members = [rig.Servers[2], rig.NewServer(3), rig.Servers[0]];

        var pool = rig.Pools.For("pool", members);

        Assert.Equal([20, 0, 20], members.Select(member => Held(pool, members, member)));
    }

    [Fact]
    public void For_OneGoesAndComesBack_KeepsTheOtherAndForgetsIt()
    {
        var rig = new PrefixRig(2);
        for (var server = 0; server < 2; server++) rig.Call(server, PrefixRig.Prompt(1));

        rig.Pools.For("pool", [rig.Servers[1]]);
        var pool = rig.Pools.For("pool", rig.Servers);

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

        var pool = rig.Pools.For("pool", members);

        Assert.Equal([0, 15, 0, 20], members.Select(member => Held(pool, members, member)));
        Assert.Equal(1, pool.PaceOf(rig.Servers[0], pool.Now).Waiting);
        going.Dispose();
        Assert.Equal(0, pool.PaceOf(rig.Servers[0], pool.Now).Waiting);
        // What was not confirmed does not become so.
        rig.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(0, Held(pool, members, rig.Servers[0], PrefixRig.Prompt(2)));
    }

    [Fact]
    public void Keep_NotNamed_IsForgotten()
    {
        var rig = new PrefixRig(2);
        rig.Call(1, PrefixRig.Prompt(1));

        rig.Pools.Keep(new HashSet<string> { "pool" });
        Assert.Equal(20, Held(rig.Pools.For("pool", rig.Servers), rig.Servers, rig.Servers[1]));
        rig.Pools.Keep(new HashSet<string> { "other" });
        Assert.Equal(0, Held(rig.Pools.For("pool", rig.Servers), rig.Servers, rig.Servers[1]));
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
        var other = rig.Pools.For("other", rig.Servers);

        var dispatch = new PrefixDispatch(other, rig.Servers[0], PrefixRig.Prompt(1, 100));

        Assert.Equal(6432, rig.Known.PaceOf(rig.Servers[0], rig.Known.Now).WaitingTokens);
        dispatch.Dispose();
        Assert.Equal(0, rig.Known.PaceOf(rig.Servers[0], rig.Known.Now).WaitingTokens);
    }
}
