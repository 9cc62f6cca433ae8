using Penstock.Protocol;
using Penstock.Routing;
using Penstock.Routing.Prefix;
using Penstock.Tests.Tools;
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

    // Siblings stay together behind callers who do not wait for their answers, and nothing is kept of those who did.
    [Fact]
    public void Dispose_NeverRead_GivesItsRoomBack()
    {
        var rig = new PrefixRig(1);
        rig.Known.Index.Limit(0, 400);
        rig.Call(0, PrefixRig.Prompt(0, 400));
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        for (var conversation = 1; conversation <= 20; conversation++) rig.Send(0, PrefixRig.Prompt(conversation, 30)).Dispose();
        rig.Call(0, PrefixRig.Prompt(21, 30));
        rig.Send(0, PrefixRig.Prompt(22, 40));

        Assert.Equal((30, 40), (rig.Held(0, PrefixRig.Prompt(21, 30)), rig.Held(0, PrefixRig.Prompt(22, 40))));
        Assert.InRange(rig.Known.Index[0].Provisional, 40, 50);
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

    // What was older than what it turned out to have lost is lost, too; but no more than a quarter of all at once.
    [Fact]
    public void Answered_FewerCachedThanExpected_ForgetsAQuarterOfWhatIsOlder()
    {
        var rig = new PrefixRig(1);
        rig.Call(0, PrefixRig.Prompt(0), new TokenUsage(1312, 1, CachedTokens: 640));
        for (var conversation = 1; conversation <= 3; conversation++)
        {
            rig.Time.Advance(TimeSpan.FromSeconds(10));
            rig.Call(0, PrefixRig.Prompt(conversation), new TokenUsage(1312, 1, CachedTokens: 0));
        }

        rig.Time.Advance(TimeSpan.FromSeconds(10));
        rig.Call(0, PrefixRig.Prompt(2), new TokenUsage(1312, 1, CachedTokens: 0));

        Assert.Equal([0, 20, 20, 20], Enumerable.Range(0, 4).Select(conversation => rig.Held(0, PrefixRig.Prompt(conversation))));
        // It was not for want of room that it went.
        Assert.Equal(PrefixIndex.DefaultBlocks, rig.Known.Index[0].Limit);
    }

    // A call may have its prompt read anew by a field that nobody here knows. Once is as good as a hundred times.
    [Fact]
    public void Answered_OnePromptIsNeverCached_TakesLittleFromOthers()
    {
        var rig = new PrefixRig(1);
        rig.Known.Index.Limit(0, 4000);
        rig.Call(0, PrefixRig.Prompt(0, 80), new TokenUsage(5152, 1, CachedTokens: 2560));
        for (var conversation = 1; conversation < 50; conversation++)
        {
            rig.Time.Advance(TimeSpan.FromSeconds(1));
            rig.Call(0, PrefixRig.Prompt(conversation, 80));
        }

        for (var i = 0; i < 17; i++)
        {
            rig.Time.Advance(TimeSpan.FromSeconds(1));
            rig.Call(0, PrefixRig.Prompt(1000, 4), new TokenUsage(288, 1, CachedTokens: 0));
        }

        // Sixteen calls that should have had four blocks.
        Assert.Equal((4000 - (16 * 16), 4000 - (16 * 16)), (rig.Known.Index[0].Count, rig.Known.Index[0].Limit));
        Assert.Equal(80, rig.Held(0, PrefixRig.Prompt(49, 80)));
    }

    // Nothing of it counts as cached before, nothing is concluded from what was, and afterwards it is there.
    [Fact]
    public void Answered_PromptIsReadAnew_IsHeldAndTellsNothing()
    {
        var rig = new PrefixRig(1);
        rig.Call(0, PrefixRig.Prompt(0), new TokenUsage(1312, 1, CachedTokens: 640));
        for (var i = 0; i < 10; i++)
        {
            rig.Time.Advance(TimeSpan.FromSeconds(1));
            using var pick = rig.Send(0, new PromptShape(default, 100_000, 0, 0) { WithAnswer = PrefixRig.Blocks(1, 20) });
            Assert.Equal(100_000, rig.Known.PaceOf(rig.Servers[0], rig.Known.Now).WaitingTokens);
            pick.Dispatch!.FirstToken(TimeSpan.FromMilliseconds(10));
            pick.Dispatch.Answered(TimeSpan.FromMilliseconds(10), new TokenUsage(100_000, 1, CachedTokens: 0));
        }

        Assert.Equal((20, 20), (rig.Held(0, PrefixRig.Prompt(0)), rig.Held(0, PrefixRig.Prompt(1))));
        Assert.Equal(double.NaN, rig.Known.PaceOf(rig.Servers[0], rig.Known.Now).PrefillRate);
    }

    [Fact]
    public void FirstToken_PromptIsNotLaidOut_TellsNoPace()
    {
        var rig = new PrefixRig(1);
        for (var i = 0; i < 10; i++)
        {
            using var pick = rig.Send(0, new PromptShape(default, 100_000, 0, 0));
            pick.Dispatch!.FirstToken(TimeSpan.FromMilliseconds(10));
        }

        Assert.Equal(double.NaN, rig.Known.PaceOf(rig.Servers[0], rig.Known.Now).PrefillRate);
    }

    // Who waits for the others, and comes after them, was not there before them.
    [Fact]
    public async Task Begin_WaitsForTheIndex_IsOfTheMomentWhenItHasIt()
    {
        var rig = new PrefixRig(1);
        var sender = new Thread(() => rig.Send(0, PrefixRig.Prompt(1)));
        HoldingTheGate(rig, () =>
        {
            sender.Start();
            Assert.True(SpinWait.SpinUntil(() => sender.ThreadState == ThreadState.WaitSleepJoin, Patience.Default));
            rig.Time.Advance(TimeSpan.FromSeconds(10));
        });
        await Patience.UntilAsync(() => !sender.IsAlive, "the call is sent");

        Assert.Equal(PrefixPool.StampOf(rig.Known.Now), rig.Known.Index[0].OldestUse);
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

    // How many tokens a prompt has is estimated; of how much of it there was the server's own count says more.
    [Theory]
    [InlineData(0.7)]
    [InlineData(1.4)]
    public void Answered_EstimateIsOff_ForgetsNothing(double off)
    {
        var rig = new PrefixRig(1);
        for (var turn = 0; turn < 3; turn++)
        {
            for (var conversation = 0; conversation < 2; conversation++)
            {
                rig.Time.Advance(TimeSpan.FromSeconds(10));
                var prompt = new PromptShape(PrefixRig.Blocks(conversation, 1000), off * 64_032, 0, 0);
                rig.Call(0, prompt, new TokenUsage(64_032, 1, CachedTokens: turn == 0 ? 0 : 63_900));
            }
        }

        Assert.Equal((2000, PrefixIndex.DefaultBlocks), (rig.Known.Index[0].Count, rig.Known.Index[0].Limit));
        // Nor is it taken to have more room than there was.
        rig.Known.Index.Limit(0, 2000);
        rig.Call(0, new PromptShape(PrefixRig.Blocks(0, 1000), off * 64_032, 0, 0), new TokenUsage(64_032, 1, CachedTokens: 63_900));
        Assert.Equal((2000, 2000), (rig.Known.Index[0].Count, rig.Known.Index[0].Limit));
    }

    // Prose, and then numbers: the first half of the text is a third of the tokens. And images have tokens that are in no block.
    [Theory]
    [InlineData(500, 22_000, true, true)]
    [InlineData(500, 0, true, false)]
    [InlineData(1000, 0, true, false)]
    [InlineData(1000, 0, false, true)]
    public void Answered_FewerCached_ForgetsWhereThatIsPlain(int held, int cached, bool isWhole, bool stays)
    {
        var rig = new PrefixRig(1);
        rig.Call(0, PrefixRig.Prompt(5), new TokenUsage(1312, 1, CachedTokens: 640));
        rig.Time.Advance(TimeSpan.FromSeconds(10));
        rig.Call(0, PrefixRig.Prompt(1, held));
        rig.Time.Advance(TimeSpan.FromSeconds(10));

        var prompt = new PromptShape(PrefixRig.Blocks(1, 1000), 64_032, 0, 0) { IsWhole = isWhole };
        rig.Call(0, prompt, new TokenUsage(64_032, 1, CachedTokens: cached));

        Assert.Equal(stays ? 20 : 0, rig.Held(0, PrefixRig.Prompt(5)));
    }

    [Fact]
    public void Answered_MoreCachedThanExpected_HasMoreRoomWhereItWasUsedUp()
    {
        var rig = new PrefixRig(1);
        rig.Known.Index.Limit(0, 400);
        rig.Call(0, PrefixRig.Prompt(6, 370), new TokenUsage(1312, 1, CachedTokens: 1280));
        rig.Call(0, PrefixRig.Prompt(7), new TokenUsage(1312, 1, CachedTokens: 1280));
        Assert.Equal((390, 400), (rig.Known.Index[0].Count, rig.Known.Index[0].Limit));

        rig.Call(0, PrefixRig.Prompt(8), new TokenUsage(1312, 1, CachedTokens: 1280));

        Assert.Equal(440, rig.Known.Index[0].Limit);
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

    // How many tokens a block has is the model's, whoever asks for what.
    [Fact]
    public void CacheTokens_ShortPromptOrTextThatIsNotLaidOut_TakeNoRoomAway()
    {
        var rig = new PrefixRig(2);
        rig.Tell(0, cacheTokens: 400 * PrefixRig.BlockTokens);
        for (var conversation = 0; conversation < 20; conversation++) rig.Call(0, PrefixRig.Prompt(conversation));

        rig.Call(0, new PromptShape(default, 60, 0, 0));
        rig.Call(0, new PromptShape(PrefixRig.Blocks(0, 20), 100_000, 0, 0) { CoveredTokens = 1312 });
        rig.Held(0, new PromptShape(default, 60, 0, 0));

        Assert.Equal((400, 400), (rig.Known.Index[0].Count, rig.Known.Index[0].Limit));
    }

    [Fact]
    public void CacheTokens_RoomWasLearned_StaysAsAShareOfThem()
    {
        var rig = new PrefixRig(1);
        rig.Tell(0, cacheTokens: 1000 * PrefixRig.BlockTokens);
        rig.Call(0, PrefixRig.Prompt(1));
        rig.Known.Index.Limit(0, 800);

        rig.Tell(0, cacheTokens: 1100 * PrefixRig.BlockTokens);
        rig.Call(0, PrefixRig.Prompt(2));
        Assert.Equal(800, rig.Known.Index[0].Limit);
        rig.Tell(0, cacheTokens: 500 * PrefixRig.BlockTokens);
        rig.Call(0, PrefixRig.Prompt(3));

        Assert.Equal(400, rig.Known.Index[0].Limit);
    }

    [Fact]
    public void CacheTokens_OnlyExplained_ChangesNothing()
    {
        var rig = new PrefixRig(1);
        rig.Call(0, PrefixRig.Prompt(1, 50));
        rig.Tell(0, cacheTokens: 30 * PrefixRig.BlockTokens);

        Assert.Equal(50, rig.Held(0, PrefixRig.Prompt(1, 50)));
        rig.Call(0, PrefixRig.Prompt(2));

        Assert.Equal((30, 30), (rig.Known.Index[0].Count, rig.Known.Index[0].Limit));
    }

    // A call that has no prompt that anybody knows is followed by nobody.
    [Fact]
    public void Begin_NoPrompt_FollowsNothing()
    {
        var rig = new PrefixRig(2);

        Assert.Null(rig.Picker.Begin(rig.Servers[0], null));
    }

    private static void HoldingTheGate(PrefixRig rig, Action action)
    {
        lock (rig.Known.Gate) action();
    }
}
