using Penstock.Backends;
using Penstock.Routing;
using Xunit;

namespace Penstock.Tests.Routing.Prefix;

public sealed class PrefixPickerTests
{
    [Fact]
    public void Pick_OneIsWarm_IsThatOne()
    {
        var rig = new PrefixRig(4);
        for (var conversation = 0; conversation < 20; conversation++) rig.Call(conversation % 4, PrefixRig.Prompt(conversation));

        Assert.All(Enumerable.Range(0, 20), conversation => Assert.Equal(conversation % 4, rig.Choice(PrefixRig.Prompt(conversation, 25))));
    }

    [Fact]
    public void Pick_TwoAreWarm_IsTheOneWithMore()
    {
        var rig = new PrefixRig(3);
        for (var conversation = 0; conversation < 20; conversation++)
        {
            rig.Call(1, PrefixRig.Prompt(conversation, 10));
            rig.Call(2, PrefixRig.Prompt(conversation, 15));
        }

        Assert.All(Enumerable.Range(0, 20), conversation => Assert.Equal(2, rig.Choice(PrefixRig.Prompt(conversation))));
    }

    // Each call that stands there is 0.26 s of reading, as is the prompt.
    [Theory]
    [InlineData(5, 3, 2, true)]
    [InlineData(40, 3, 2, false)]
    [InlineData(5, 3, 0, false)]
    [InlineData(0, 0, 0, true)]
    // Who has nothing to do keeps nobody waiting.
    [InlineData(5, 0, 2, false)]
    public void Pick_WarmIsBusy_StaysWithinStickiness(int calls, int callsElsewhere, double stickiness, bool stays)
    {
        var rig = new PrefixRig(2, stickiness: stickiness);
        rig.Call(0, PrefixRig.Prompt(1));
        rig.Busy(0, calls);
        rig.Busy(1, callsElsewhere);

        Assert.Equal(stays ? 0 : 1, rig.Choice(PrefixRig.Prompt(1)));
    }

    [Fact]
    public void Pick_AllAreEqual_GatewaysAgree_AndSharesAreEven()
    {
        var (one, other) = (new PrefixRig(4), new PrefixRig(4));
        Backend[] reversed = [.. other.Servers.Reverse()];
        var shares = new int[4];
        for (var conversation = 0; conversation < 2000; conversation++)
        {
            var prompt = PrefixRig.Prompt(conversation, conversation % 3);
            if (prompt.Blocks.Length == 0) prompt = new(default, 10, 0, 0) { Tail = (ulong)conversation };
            var choice = one.Choice(prompt);
            Assert.Equal(one.Servers[choice].Name, other.Picker.Pick(reversed, [], prompt)!.Name);
            shares[choice]++;
        }

        // 100 are five standard deviations; and the hashes are the same in each run.
        Assert.All(shares, share => Assert.InRange(share, 400, 600));
    }

    // Costs within a few milliseconds of each other, one after the other: whoever is within 2 ms of the least may win, nobody else.
    [Fact]
    public void Pick_CostsRiseInSmallSteps_NeverDriftsFromTheLeast()
    {
        var rig = new PrefixRig(16, stickiness: 0);
        // Eight tokens are 1.6 ms.
        for (var server = 0; server < 16; server++) rig.Send(server, new(default, 8 * server, 0, 0));

        for (var conversation = 0; conversation < 100; conversation++)
        {
            var prompt = PrefixRig.Prompt(conversation);
            var costs = rig.Picker.Explain(rig.Servers, [], prompt, out var chosen);
            Assert.InRange(costs.Single(cost => cost.Backend == chosen).Total, 0, costs.Min(cost => cost.Total) + 0.002);
        }
    }

    [Fact]
    public void Pick_OneHotPrefix_SpreadsOverAll()
    {
        var rig = new PrefixRig(4);
        var prompt = PrefixRig.Prompt(1, outputTokens: 200);
        for (var i = 0; i < 2000; i++) Assert.True(rig.Pool.TryPick(prompt, null, out _));

        Assert.All(rig.Servers, server => Assert.InRange(server.State.InFlight, 400, 600));
    }

    [Fact]
    public void Session_RaisesTheExpectation_AndDoesNotPin()
    {
        var rig = new PrefixRig(4);
        for (var session = 1; session <= 20; session++) rig.Call(session % 4, PrefixRig.Prompt(session, session: (ulong)session));

        // Other prompts, of which nobody has anything.
        Assert.All(Enumerable.Range(1, 20), session => Assert.Equal(session % 4, rig.Choice(PrefixRig.Prompt(100 + session, session: (ulong)session))));
        rig.Busy(1, 40);
        Assert.All([1, 5, 9, 13, 17], session => Assert.NotEqual(1, rig.Choice(PrefixRig.Prompt(100 + session, session: (ulong)session))));
        // What the text shows counts more than what is said.
        Assert.Equal(2, rig.Choice(PrefixRig.Prompt(2, session: 3)));
    }

    [Fact]
    public void TryPick_WarmIsFull_IsWaitedForByThoseWhoMay()
    {
        var rig = new PrefixRig(2, seats: 1);
        // 64,032 tokens: 13 s of reading.
        var prompt = PrefixRig.Prompt(1, 1000);
        rig.Call(0, prompt);
        var last = rig.Send(0, PrefixRig.Prompt(2, 1));
        Assert.Equal(1000, rig.Held(0, prompt));

        Assert.False(rig.Pool.TryPick(prompt, null, out _, mayWait: true));
        Assert.True(rig.Pool.TryPick(prompt, null, out var other, mayWait: false));
        Assert.Same(rig.Servers[1], other.Backend);
        other.Dispose();
        last.Dispose();
        // What nobody read is not there.
        rig.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(rig.Pool.TryPick(prompt, null, out var pick, mayWait: true));
        Assert.Same(rig.Servers[0], pick.Backend);
    }

    // Each who waits for the same server makes it later for the next; a free one reads the prompt in 13 s.
    [Fact]
    public void TryPick_ManyWaitForTheSame_TheNextTakeWhatIsFree()
    {
        var rig = new PrefixRig(2, seats: 1);
        rig.Call(0, PrefixRig.Prompt(1, 1000));
        rig.Send(0, PrefixRig.Prompt(2, 1));
        var waiting = Enumerable.Range(0, 40).Select(_ => PrefixRig.Prompt(1, 1000)).TakeWhile(prompt => !rig.Pool.TryPick(prompt, null, out _, mayWait: true)).ToList();

        // Who asks again is not counted twice, and who leaves is not counted.
        Assert.InRange(waiting.Count, 5, 20);
        var pace = rig.Known.Paces.Of(rig.Servers[0]);
        Assert.Equal(waiting.Count, pace.Awaiting);
        Assert.False(rig.Pool.TryPick(waiting[0], null, out _, mayWait: true));
        Assert.Equal(waiting.Count, pace.Awaiting);
        foreach (var prompt in waiting) prompt.Await(null);
        Assert.Equal(0, pace.Awaiting);
    }

    // 1.7 s of reading, 1.25 s until a seat is free for the first who waits, 2.25 s for the second: a call is not behind itself.
    [Fact]
    public void TryPick_WarmIsFull_WhoWaitsAndIsAskedAgain_StillWaits()
    {
        var rig = new PrefixRig(2, seats: 1);
        var prompt = PrefixRig.Prompt(1, 132);
        rig.Call(0, prompt);
        rig.Send(0, PrefixRig.Prompt(2, 1));
        rig.Picker.Explain(rig.Servers.AsSpan(1), rig.Servers.AsSpan(0, 1), prompt, out var foreseen);
        Assert.Same(rig.Servers[0], foreseen);

        for (var look = 0; look < 3; look++) Assert.False(rig.Pool.TryPick(prompt, null, out _, mayWait: true));

        // Who comes after it is.
        Assert.True(rig.Pool.TryPick(PrefixRig.Prompt(1, 132), null, out var later, mayWait: true));
        Assert.Same(rig.Servers[1], later.Backend);
    }

    [Fact]
    public void TryPick_WarmIsFull_WhoIsFirstInLine_DoesNotCountThoseBehind()
    {
        var rig = new PrefixRig(2, seats: 1);
        var first = PrefixRig.Prompt(1, 132);
        rig.Call(0, first);
        // 13 s of reading.
        rig.Call(0, PrefixRig.Prompt(2, 1000));
        rig.Send(0, PrefixRig.Prompt(3, 1));
        PromptShape[] waiting = [first, .. Enumerable.Range(0, 5).Select(_ => PrefixRig.Prompt(2, 1000))];

        Assert.All(waiting, prompt => Assert.False(rig.Pool.TryPick(prompt, null, out _, mayWait: true)));
        Assert.All(waiting, prompt => Assert.False(rig.Pool.TryPick(prompt, null, out _, mayWait: true)));

        var pace = rig.Known.Paces.Of(rig.Servers[0]);
        Assert.Equal([0, 1, 2, 3, 4, 5], waiting.Select(prompt => prompt.CallsBefore(pace)));
        first.Await(null);
        Assert.Equal([5, 0, 1, 2, 3, 4], waiting.Select(prompt => prompt.CallsBefore(pace)));
    }

    [Fact]
    public void TryPick_WarmIsFull_IsNotWaitedForWhereLittleIsSaved()
    {
        var rig = new PrefixRig(2, seats: 1);
        rig.Call(0, PrefixRig.Prompt(1));
        rig.Send(0, PrefixRig.Prompt(2, 1));

        Assert.True(rig.Pool.TryPick(PrefixRig.Prompt(1), null, out var pick, mayWait: true));
        Assert.Same(rig.Servers[1], pick.Backend);
    }

    [Fact]
    public void Pick_NoPrompt_IsTheLeastLoaded()
    {
        var rig = new PrefixRig(3);
        rig.Busy(0, 2);
        rig.Busy(2, 1);

        Assert.True(rig.Pool.TryPick(null, null, out var pick));

        Assert.Same(rig.Servers[1], pick.Backend);
        Assert.Null(pick.Dispatch);
    }

    [Fact]
    public void Explain_ChangesNothing_AndItsTermsAreTheTotal()
    {
        var rig = new PrefixRig(3, seats: 4);
        rig.Call(1, PrefixRig.Prompt(1));
        rig.Busy(0, 4);
        rig.Busy(2, 2);
        var prompt = PrefixRig.Prompt(1, 25, outputTokens: 100);

        var costs = rig.Picker.Explain(rig.Servers.AsSpan(1), rig.Servers.AsSpan(0, 1), prompt, out var chosen);
        var again = rig.Picker.Explain(rig.Servers.AsSpan(1), rig.Servers.AsSpan(0, 1), prompt, out _);

        Assert.Equal(costs, again);
        Assert.Same(rig.Servers[1], chosen);
        Assert.Equal([1, 2, 0], costs.Select(cost => Array.IndexOf(rig.Servers, cost.Backend)));
        Assert.Equal([1280, 0, 0], costs.Select(cost => cost.CachedTokens));
        Assert.Equal([0, 0, 0.5], costs.Select(cost => cost.Seat));
        Assert.Equal([0, 2, 2], costs.Select(cost => cost.Stickiness > 0 ? 2 : 0));
        Assert.All(costs, cost => Assert.Equal(cost.Seat + cost.Prefill + cost.Decode + cost.Eviction + cost.Stickiness, cost.Total));
        Assert.Equal(6, rig.Servers.Sum(server => server.State.InFlight));
    }
}
