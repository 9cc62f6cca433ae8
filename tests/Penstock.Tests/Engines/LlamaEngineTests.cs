using Penstock.Engines;
using Xunit;

namespace Penstock.Tests.Engines;

public class LlamaEngineTests
{
    private const long WritingStep = 22_000;

    private readonly LlamaEngine _engine = new();
    private readonly EngineDrive _drive;

    public LlamaEngineTests() => _drive = new EngineDrive(_engine);

    [Fact]
    public void Call_AloneOnTheServer_TakesItsPromptAndAStepAToken()
    {
        var call = _drive.Submit(EngineCalls.New(1, prompt: 200, output: 4), 7);
        _drive.ToEnd();

        Assert.Equal(new EngineEvent(EngineEventKind.FirstToken, call, 7 + WritingStep + (200 * 500), 0, 7), _drive.First(call));
        Assert.Equal(_drive.First(call).At + (3 * WritingStep), _drive.End(call).At);
    }

    [Fact]
    public void NextTurn_ItsSlotIsIdle_UsesPromptAndAnswer()
    {
        var turn = _drive.Submit(EngineCalls.New(1, prompt: 100, output: 61), 0);
        _drive.ToEnd();
        var next = _drive.Submit(EngineCalls.Following(turn.Blocks.Span, 2, prompt: 300, output: 2), _drive.Now);
        _drive.ToEnd();

        Assert.Equal(160, _drive.First(next).CachedTokens);
    }

    [Fact]
    public void SamePrompt_ItsSlotIsBusy_IsReadAgainElsewhere()
    {
        _drive.Submit(EngineCalls.New(1, prompt: 100, output: 50), 0);
        _drive.To(300_000);
        var other = _drive.Submit(EngineCalls.New(1, prompt: 100, output: 50), 300_000);
        _drive.ToEnd();

        Assert.Equal(0, _drive.First(other).CachedTokens);
    }

    [Fact]
    public void SamePrompt_AskedAgain_IsFoundButForItsLastToken()
    {
        _drive.Submit(EngineCalls.New(1, prompt: 160, output: 1), 0);
        _drive.ToEnd();
        var again = _drive.Submit(EngineCalls.New(1, prompt: 160, output: 1), _drive.Now);
        _drive.ToEnd();

        Assert.Equal(159, _drive.First(again).CachedTokens);
    }

    [Theory]
    [InlineData(480, 160)]
    [InlineData(2_000, 0)]
    public void Slot_HasABeginningOfThePrompt_IsTakenForMoreThanATenthOfIt(int prompt, int cached)
    {
        var old = _drive.Submit(EngineCalls.New(1, prompt: 160, output: 1), 0);
        _drive.ToEnd();
        var next = _drive.Submit(EngineCalls.Following(old.Blocks.Span, 2, prompt, output: 1), _drive.Now);
        _drive.ToEnd();

        // Below that a slot that was never used is taken.
        Assert.Equal(cached, _drive.First(next).CachedTokens);
    }

    [Fact]
    public void Slot_NothingInCommon_IsTheOneThatIsIdleForTheLongestTime()
    {
        EngineCall[] calls = [.. Enumerable.Range(1, 4).Select(i => _drive.Submit(EngineCalls.New((ulong)i, prompt: 160, output: 10 - i), 0))];
        _drive.ToEnd();
        _drive.Submit(EngineCalls.New(9, prompt: 160, output: 1), _drive.Now);
        _drive.ToEnd();
        // The last of the four was the first to end: its slot was taken, and the others are as they were.
        EngineCall[] again = [.. Enumerable.Range(1, 4).Select(i => _drive.Submit(EngineCalls.New((ulong)i, prompt: 160, output: 1), _drive.Now))];
        _drive.ToEnd();

        Assert.Equal([159, 159, 159, 0], again.Select(call => _drive.First(call).CachedTokens));
        Assert.True(_drive.End(calls[3]).At < _drive.End(calls[0]).At);
    }

    [Fact]
    public void Slot_IsAskedFor_IsWaitedForWhileOthersAreIdle()
    {
        var first = _drive.Submit(EngineCalls.New(1, prompt: 16, output: 100, slot: 2), 0);
        var second = _drive.Submit(EngineCalls.New(2, prompt: 16, output: 1, slot: 2), 0);
        var third = _drive.Submit(EngineCalls.New(3, prompt: 16, output: 1), 0);
        _drive.To(1);
        Assert.Equal([true, false, true, false], _engine.Readings.Slots);
        Assert.Equal((2, 1), (_engine.Readings.Running, _engine.Readings.Waiting));
        _drive.ToEnd();

        Assert.True(_drive.First(second).At > _drive.End(first).At);
        Assert.True(_drive.End(third).At < _drive.End(first).At);
    }

    [Fact]
    public void Calls_OverTheSlots_AreDeferredInTheirOrder()
    {
        EngineCall[] calls = [.. Enumerable.Range(1, 7).Select(i => _drive.Submit(EngineCalls.New((ulong)i, prompt: 16, output: 20), 0))];
        _drive.To(1);
        Assert.Equal((4, 3), (_engine.Readings.Running, _engine.Readings.Waiting));
        _drive.ToEnd();

        Assert.All(calls[4..], call => Assert.True(_drive.First(call).At > _drive.End(calls[0]).At));
        Assert.Equal(calls, _drive.Events.Where(e => e.Kind == EngineEventKind.Finished).Select(e => e.Call));
        Assert.All(calls[..4], call => Assert.Equal(0, _drive.First(call).BegunAt));
        Assert.All(calls[4..], call => Assert.Equal(_drive.End(calls[0]).At, _drive.First(call).BegunAt));
    }

    [Fact]
    public void Call_IsCancelled_LeavesWhatItReadInItsSlot()
    {
        var gone = _drive.Submit(EngineCalls.New(1, prompt: 3_200, output: 100), 0);
        // The first batch is over, the second has begun.
        _drive.To(1_100_000);
        Assert.True(_engine.Cancel(gone, 1_100_000));
        Assert.False(_engine.Cancel(gone, 1_100_000));
        var again = _drive.Submit(EngineCalls.New(1, prompt: 3_200, output: 100), 1_100_000);
        _drive.ToEnd();

        Assert.Equal(2_048, _drive.First(again).CachedTokens);
        Assert.Single(_drive.Events, e => e.Call == again && e.Kind == EngineEventKind.Finished);
    }

    [Fact]
    public void Slot_DoesNotExist_IsRefused() =>
        Assert.Throws<ArgumentException>(() => _engine.Submit(EngineCalls.New(1, prompt: 16, output: 1, slot: 4), 0));
}
