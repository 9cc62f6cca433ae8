using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.ToolsTests;

public sealed class ManualTimeTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void Advance_MovesBothClocks()
    {
        var (utc, started) = (_time.GetUtcNow(), _time.GetTimestamp());

        _time.Advance(TimeSpan.FromSeconds(2.5));

        Assert.Equal(utc.AddSeconds(2.5), _time.GetUtcNow());
        Assert.Equal(TimeSpan.FromSeconds(2.5), _time.GetElapsedTime(started));
    }

    [Fact]
    public void Advance_Timers_FireInOrderAtTheirMoments()
    {
        var started = _time.GetTimestamp();
        var fired = new List<(string Name, double At)>();
        using var late = Timer("late", 3, Timeout.InfiniteTimeSpan);
        using var often = Timer("often", 1, TimeSpan.FromSeconds(2));
        using var never = Timer("never", 9, Timeout.InfiniteTimeSpan);

        _time.Advance(TimeSpan.FromSeconds(4));

        Assert.Equal([("often", 1), ("late", 3), ("often", 3)], fired.OrderBy(f => f.At).ThenBy(f => f.Name));
        Assert.Equal(2, _time.ArmedTimers);

        ITimer Timer(string name, double due, TimeSpan period) => _time.CreateTimer(
            _ => fired.Add((name, _time.GetElapsedTime(started).TotalSeconds)), null, TimeSpan.FromSeconds(due), period);
    }

    [Fact]
    public void Advance_TimerThatIsDisposedOrChanged_DoesNotFire()
    {
        var fired = 0;
        var disposed = _time.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        using var changed = _time.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        disposed.Dispose();
        Assert.True(changed.Change(TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan));
        Assert.False(disposed.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan));

        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(0, fired);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, fired);
    }

    [Fact]
    public async Task Advance_DelaysAndDeadlines_End()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(2), _time);
        var delay = Task.Delay(TimeSpan.FromSeconds(1), _time);
        await _time.WaitForTimersAsync(2);

        _time.Advance(TimeSpan.FromSeconds(1));
        await delay.WaitAsync(Patience.Default);
        Assert.False(deadline.IsCancellationRequested);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(deadline.IsCancellationRequested);
    }
}
