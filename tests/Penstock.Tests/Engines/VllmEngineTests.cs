using Penstock.Engines;
using Xunit;

namespace Penstock.Tests.Engines;

public class VllmEngineTests
{
    // One running call, and nothing to read: 6 ms + 0.35 ms.
    private const long WritingStep = 6_350;

    private readonly VllmEngine _engine = new();
    private readonly EngineDrive _drive;

    public VllmEngineTests() => _drive = new EngineDrive(_engine);

    [Fact]
    public void Call_AloneOnTheServer_TakesItsPromptAndAStepAToken()
    {
        var call = _drive.Submit(EngineCalls.New(1, prompt: 800, output: 3), 50);
        _drive.ToEnd();

        var first = 50 + WritingStep + (800 * 125);
        Assert.Equal(new EngineEvent(EngineEventKind.FirstToken, call, first, 0, 50), _drive.First(call));
        Assert.Equal(first + (2 * WritingStep), _drive.End(call).At);
    }

    [Fact]
    public void Prompt_LargerThanTheBudget_IsReadInChunks()
    {
        var call = _drive.Submit(EngineCalls.New(1, prompt: 5_000, output: 1), 0);
        _drive.ToEnd();

        Assert.Equal((3 * WritingStep) + (5_000 * 125), _drive.First(call).At);
        Assert.Equal(_drive.First(call).At, _drive.End(call).At);
    }

    [Fact]
    public void Chunk_BesideACallThatWrites_LeavesItOneTokenOfTheBudget()
    {
        var writing = _drive.Submit(EngineCalls.New(1, prompt: 16, output: 100), 0);
        _drive.To(WritingStep + (16 * 125));
        Assert.Equal(1, _engine.Generated(writing));
        var reading = _drive.Submit(EngineCalls.New(2, prompt: 2_049, output: 1), _drive.Now);
        // A chunk of 2,047 tokens and then one of 2, each beside a token of the other answer.
        _drive.ToEnd();

        Assert.Equal(WritingStep + (16 * 125) + (2 * (WritingStep + 350)) + (2_049 * 125), _drive.First(reading).At);
    }

    [Theory]
    [InlineData(512, 496)]
    [InlineData(513, 512)]
    [InlineData(527, 512)]
    public void SamePrompt_AskedAgain_IsFoundButForItsLastToken(int prompt, int cached)
    {
        _drive.Submit(EngineCalls.New(1, prompt, output: 5), 0);
        _drive.ToEnd();
        var again = _drive.Submit(EngineCalls.New(1, prompt, output: 5), _drive.Now);
        var start = _drive.Now;
        _drive.ToEnd();

        Assert.Equal(cached, _drive.First(again).CachedTokens);
        Assert.Equal(start + WritingStep + ((prompt - cached) * 125), _drive.First(again).At);
    }

    [Fact]
    public void NextTurn_AfterTheAnswer_FindsPromptAndAnswer()
    {
        var turn = _drive.Submit(EngineCalls.New(1, prompt: 100, output: 61), 0);
        _drive.ToEnd();
        var next = _drive.Submit(EngineCalls.Following(turn.Blocks.Span, 2, prompt: 300, output: 2), _drive.Now);
        _drive.ToEnd();

        // 160 of the 161 tokens have been read: the last was never asked what comes after it.
        Assert.Equal(160, _drive.First(next).CachedTokens);
    }

    [Fact]
    public void SamePrompt_InTheSameStep_IsReadTwice()
    {
        var one = _drive.Submit(EngineCalls.New(1, prompt: 512, output: 2), 0);
        var other = _drive.Submit(EngineCalls.New(1, prompt: 512, output: 2), 0);
        _drive.ToEnd();

        Assert.Equal((0, 0), (_drive.First(one).CachedTokens, _drive.First(other).CachedTokens));
        Assert.Equal(WritingStep + 350 + (1_024 * 125), _drive.First(other).At);
    }

    [Fact]
    public void SamePrompt_WhileAChunkIsRead_FindsTheChunksBeforeIt()
    {
        var one = _drive.Submit(EngineCalls.New(1, prompt: 2_100, output: 200), 0);
        var other = _drive.Submit(EngineCalls.New(1, prompt: 2_100, output: 2), 1_000);
        _drive.ToEnd();

        // It begins in the second step, together with the rest of the first: what that step reads is not there yet.
        Assert.Equal(0, _drive.First(one).CachedTokens);
        Assert.Equal(2_048, _drive.First(other).CachedTokens);
    }

    [Fact]
    public void Blocks_AreNeededForOthers_GoFromTheTailOfTheOldest()
    {
        var engine = new VllmEngine(new VllmSettings { CacheTokens = 12 * EngineCall.BlockTokens });
        var drive = new EngineDrive(engine);
        var old = drive.Submit(EngineCalls.New(1, prompt: 64, output: 1), 0);
        drive.ToEnd();
        var recent = drive.Submit(EngineCalls.New(2, prompt: 64, output: 1), drive.Now);
        drive.ToEnd();
        drive.Submit(EngineCalls.New(3, prompt: 100, output: 1), drive.Now);
        drive.ToEnd();

        // Four were blank, seven are needed: three of the older four are gone.
        Assert.Equal([true, false, false, false], old.Blocks.ToArray().Select(engine.Cache.Knows));
        Assert.All(recent.Blocks.ToArray(), block => Assert.True(engine.Cache.Knows(block)));
    }

    [Fact]
    public void Prompt_ThatDoesNotFitBesideOthers_Waits()
    {
        var engine = new VllmEngine(new VllmSettings { CacheTokens = 10 * EngineCall.BlockTokens });
        var drive = new EngineDrive(engine);
        var first = drive.Submit(EngineCalls.New(1, prompt: 96, output: 10), 0);
        var second = drive.Submit(EngineCalls.New(2, prompt: 96, output: 10), 0);
        drive.To(1);
        Assert.Equal(new EngineReadings(1, 1, 0.6, null), engine.Readings with { CacheUsage = Math.Round(engine.Readings.CacheUsage, 9) });
        drive.ToEnd();

        Assert.True(drive.First(second).At > drive.End(first).At);
    }

    [Fact]
    public void Calls_OverTheMostThatRun_WaitInTheirOrder()
    {
        var engine = new VllmEngine(new VllmSettings { MaxRunning = 2 });
        var drive = new EngineDrive(engine);
        EngineCall[] calls = [.. Enumerable.Range(1, 4).Select(i => drive.Submit(EngineCalls.New((ulong)i, prompt: 16, output: 10 * i), 0))];
        drive.To(1);
        Assert.Equal((2, 2), (engine.Readings.Running, engine.Readings.Waiting));
        drive.ToEnd();

        Assert.True(drive.First(calls[2]).At > drive.End(calls[0]).At);
        Assert.True(drive.First(calls[3]).At > drive.End(calls[1]).At);
    }

    [Fact]
    public void Answers_FillTheCache_TheLastCallGoesBackAndIsReadAgain()
    {
        var engine = new VllmEngine(new VllmSettings { CacheTokens = 8 * EngineCall.BlockTokens });
        var drive = new EngineDrive(engine);
        var first = drive.Submit(EngineCalls.New(1, prompt: 32, output: 80), 0);
        var second = drive.Submit(EngineCalls.New(2, prompt: 32, output: 80), 0);
        drive.ToEnd();

        // Together they would need 14 blocks of 8: one was sent back, and had its first token before that.
        Assert.Equal(drive.First(first).At, drive.First(second).At);
        Assert.True(drive.End(second).At > drive.End(first).At + (8 * WritingStep));
        Assert.Equal(8, engine.Cache.Unused);
    }

    [Fact]
    public void Call_IsCancelled_GivesItsPlaceBackAndIsHeardOfNoMore()
    {
        var engine = new VllmEngine(new VllmSettings { MaxRunning = 1 });
        var drive = new EngineDrive(engine);
        var running = drive.Submit(EngineCalls.New(1, prompt: 160, output: 1_000), 0);
        var gone = drive.Submit(EngineCalls.New(2, prompt: 160, output: 10), 0);
        var waiting = drive.Submit(EngineCalls.New(3, prompt: 160, output: 10), 0);
        drive.To(200_000);
        Assert.True(engine.Cancel(running, 200_000));
        Assert.True(engine.Cancel(gone, 200_000));
        Assert.False(engine.Cancel(gone, 200_000));
        drive.ToEnd();

        Assert.DoesNotContain(drive.Events, e => e.Call == gone || (e.Call == running && e.Kind == EngineEventKind.Finished));
        Assert.InRange(drive.End(waiting).At, 200_000, 300_000);
        Assert.Equal(engine.Cache.Count, engine.Cache.Unused);
    }

    [Fact]
    public void Call_LargerThanTheCache_IsRefused() =>
        Assert.Throws<ArgumentException>(() => _engine.Submit(EngineCalls.New(1, prompt: 524_288, output: 1), 0));
}
