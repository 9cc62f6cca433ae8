using Penstock.Protocol;
using Penstock.Routing.Prefix;
using Xunit;

namespace Penstock.Tests.Routing.Prefix;

public sealed class PrefixDispatchTests
{
    [Fact]
    public void Begin_NotYetRead_CountsForFiveSeconds()
    {
        var rig = new PrefixRig(2);
        var prompt = PrefixRig.Prompt(1);
        rig.Send(0, prompt);

        rig.Time.Advance(TimeSpan.FromMilliseconds(4999));
        Assert.Equal(20, rig.Held(0, prompt));
        rig.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(0, rig.Held(0, prompt));
        Assert.Equal(0, rig.Held(1, prompt));
    }

    [Fact]
    public void FirstToken_Confirms_HoweverLateItComes()
    {
        var rig = new PrefixRig(2);
        var prompt = PrefixRig.Prompt(1);
        using var pick = rig.Send(0, prompt);
        rig.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(0, rig.Held(0, prompt));

        pick.Dispatch!.FirstToken(TimeSpan.FromSeconds(20));
        rig.Time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(20, rig.Held(0, prompt));
    }

    [Fact]
    public void Dispose_NeverRead_IsNotKept()
    {
        var rig = new PrefixRig(2);
        var prompt = PrefixRig.Prompt(1);
        rig.Send(0, prompt).Dispose();

        rig.Time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(0, rig.Held(0, prompt));
        Assert.Equal(0, rig.Servers[0].State.InFlight);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Answered_WithAnswer_IsWhatTheNextTurnBeginsWith(bool isStreamed)
    {
        var rig = new PrefixRig(2);
        var prompt = PrefixRig.Prompt(1);
        using (var pick = rig.Send(0, prompt))
        {
            if (isStreamed) pick.Dispatch!.FirstToken(TimeSpan.Zero);
            prompt.WithAnswer = PrefixRig.Blocks(1, 30);
            Assert.Equal(20, rig.Held(0, PrefixRig.Prompt(1, 40)));
            pick.Dispatch!.Answered(TimeSpan.FromSeconds(1), null);
        }

        rig.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(30, rig.Held(0, PrefixRig.Prompt(1, 40)));
    }

    [Fact]
    public void Server_BeginsAnewByItsOwnWord_HoldsNothing()
    {
        var rig = new PrefixRig(2);
        rig.Tell(0, startedAt: 1000);
        rig.Call(0, PrefixRig.Prompt(1));
        rig.Call(1, PrefixRig.Prompt(1));
        rig.Tell(0, startedAt: 1000);
        Assert.Equal(20, rig.Held(0, PrefixRig.Prompt(1)));

        rig.Tell(0, startedAt: 2000);

        Assert.Equal(0, rig.Held(0, PrefixRig.Prompt(1)));
        Assert.Equal(20, rig.Held(1, PrefixRig.Prompt(1)));
    }

    [Fact]
    public void Server_WasDown_HoldsNothing()
    {
        var rig = new PrefixRig(2);
        rig.Call(0, PrefixRig.Prompt(1));
        rig.Servers[0].State.Health.ProbeFailed("refused");
        Assert.Equal(20, rig.Held(0, PrefixRig.Prompt(1)));

        rig.Servers[0].State.Health.ProbeSucceeded();

        Assert.Equal(0, rig.Held(0, PrefixRig.Prompt(1)));
        rig.Call(0, PrefixRig.Prompt(1));
        Assert.Equal(20, rig.Held(0, PrefixRig.Prompt(1)));
    }

    // What was older than what it turned out to have lost is lost, too.
    [Fact]
    public void Answered_FewerCachedThanExpected_ForgetsWhatIsOlder()
    {
        var rig = new PrefixRig(1);
        rig.Call(0, PrefixRig.Prompt(0), new TokenUsage(1312, 1, CachedTokens: 640));
        for (var conversation = 1; conversation <= 3; conversation++)
        {
            rig.Time.Advance(TimeSpan.FromSeconds(10));
            rig.Call(0, PrefixRig.Prompt(conversation), new TokenUsage(1312, 1));
        }

        rig.Time.Advance(TimeSpan.FromSeconds(10));
        rig.Call(0, PrefixRig.Prompt(2), new TokenUsage(1312, 1, CachedTokens: 0));

        Assert.Equal([0, 0, 20, 20], Enumerable.Range(0, 4).Select(conversation => rig.Held(0, PrefixRig.Prompt(conversation))));
        // That is what it has room for, as far as anybody knows: but never so little that nothing could be learned again.
        Assert.Equal(256, rig.Known.Index[0].Limit);
    }

    [Fact]
    public void Answered_AboutAsManyCachedAsExpected_ForgetsNothing()
    {
        var rig = new PrefixRig(1);
        rig.Call(0, PrefixRig.Prompt(0));
        rig.Time.Advance(TimeSpan.FromSeconds(10));
        rig.Call(0, PrefixRig.Prompt(1));
        rig.Time.Advance(TimeSpan.FromSeconds(10));

        // Blocks of the server's own, and its template.
        rig.Call(0, PrefixRig.Prompt(1), new TokenUsage(1330, 1, CachedTokens: (20 * PrefixRig.BlockTokens) - 100));

        Assert.Equal(20, rig.Held(0, PrefixRig.Prompt(0)));
        Assert.Equal(PrefixIndex.DefaultBlocks, rig.Known.Index[0].Limit);
    }

    [Fact]
    public void Answered_MoreCachedThanExpected_HasMoreRoom()
    {
        var rig = new PrefixRig(1);
        rig.Known.Index.Limit(0, 400);

        rig.Call(0, PrefixRig.Prompt(7), new TokenUsage(1312, 1, CachedTokens: 1280));

        Assert.Equal(450, rig.Known.Index[0].Limit);
    }

    [Fact]
    public void CacheTokens_OfAReading_BoundWhatIsHeld()
    {
        var rig = new PrefixRig(2);
        rig.Tell(0, cacheTokens: 30 * PrefixRig.BlockTokens);

        rig.Call(0, PrefixRig.Prompt(1, 50));
        Assert.Equal(30, rig.Held(0, PrefixRig.Prompt(1, 50)));

        rig.Call(0, PrefixRig.Prompt(2, 20));
        Assert.Equal(10, rig.Held(0, PrefixRig.Prompt(1, 50)));
        Assert.Equal(20, rig.Held(0, PrefixRig.Prompt(2)));
        Assert.Equal(30, rig.Known.Index[0].Count);
    }

    // A call that has no prompt that anybody knows is followed by nobody.
    [Fact]
    public void Begin_NoPrompt_FollowsNothing()
    {
        var rig = new PrefixRig(2);

        Assert.Null(rig.Picker.Begin(rig.Servers[0], null));
    }
}
