using Penstock.Admission.Queue;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Admission.Queue;

/// <summary>One thread at a time, and nobody works for others without end.</summary>
public sealed class RoundsTests
{
    private readonly List<Exception> _reported = [];

    [Fact]
    public async Task Ask_AskedMeanwhile_TheNextRoundIsAnotherThreads()
    {
        using var gate = new ManualResetEventSlim();
        var done = new TaskCompletionSource<bool>();
        Rounds? rounds = null;
        var count = 0;
        rounds = new Rounds(
            _ =>
            {
                if (++count == 1) rounds!.Ask();
                else done.SetResult(gate.Wait(Patience.Default));
                return true;
            },
            _reported.Add);
        rounds.Ask();
        // It would not get here, were this its own thread's work.
        gate.Set();

        Assert.True(await done.Task.WaitAsync(2 * Patience.Default));
        Assert.Equal(2, count);
    }

    [Fact]
    public void Ask_LastRoundHasThrown_IsDone()
    {
        var count = 0;
        var rounds = new Rounds(_ => ++count == 1 ? throw new InvalidTimeZoneException() : true, _reported.Add);
        rounds.Ask();
        Assert.IsType<InvalidTimeZoneException>(Assert.Single(_reported));
        rounds.Ask();

        Assert.Equal(2, count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Ask_CountsForSeveral_RoundIsToldSo(bool isMany)
    {
        var told = new List<bool>();
        var rounds = new Rounds(
            several =>
            {
                told.Add(several);
                return true;
            },
            _reported.Add);
        rounds.Ask(isMany);

        Assert.Equal([isMany], told);
    }

    [Fact]
    public async Task Ask_RoundHasNotComeToItsEnd_GoesOn()
    {
        var count = 0;
        var rounds = new Rounds(_ => Interlocked.Increment(ref count) == 3, _reported.Add);
        rounds.Ask();

        await Patience.UntilAsync(() => Volatile.Read(ref count) == 3, "three rounds");
    }
}
