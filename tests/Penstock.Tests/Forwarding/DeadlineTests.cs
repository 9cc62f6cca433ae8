using Penstock.Forwarding;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Forwarding;

public sealed class DeadlineTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly CancellationTokenSource _source = new();

    public void Dispose() => _source.Dispose();

    [Fact]
    public void Set_MovedAgainAndAgain_FiresAfterTheLastAndNotBefore()
    {
        using var deadline = new Deadline(_source, _time, At(1));
        for (var i = 0; i < 20; i++)
        {
            _time.Advance(At(0.9));
            deadline.Set(At(1));
            Assert.Equal(1, _time.ArmedTimers);
        }

        _time.Advance(At(0.999));
        Assert.False(_source.IsCancellationRequested);
        _time.Advance(At(0.01));
        Assert.True(_source.IsCancellationRequested);
    }

    [Fact]
    public void Set_Earlier_FiresEarlier()
    {
        using var deadline = new Deadline(_source, _time, At(60));
        deadline.Set(At(1));

        _time.Advance(At(1.01));

        Assert.True(_source.IsCancellationRequested);
    }

    [Fact]
    public void Clear_NeverFires_UntilItIsSetAgain()
    {
        using var deadline = new Deadline(_source, _time, At(1));
        deadline.Clear();
        _time.Advance(At(1000));
        Assert.False(_source.IsCancellationRequested);

        deadline.Set(At(1));
        _time.Advance(At(1.01));

        Assert.True(_source.IsCancellationRequested);
    }

    [Fact]
    public void Dispose_BeforeItsTime_IsSilentForEver()
    {
        var deadline = new Deadline(_source, _time, At(1));
        deadline.Dispose();
        deadline.Set(At(0.1));

        _time.Advance(At(10));

        Assert.False(_source.IsCancellationRequested);
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public void Check_AfterItsSourceIsGone_IsSilent()
    {
        using var deadline = new Deadline(_source, _time, At(1));
        _source.Dispose();

        _time.Advance(At(2));
    }

    // A timer of less than a millisecond fires before whoever makes it has it in hand.
    [Fact]
    public void New_TimerFiresAtOnce_WaitsOn()
    {
        using var deadline = new Deadline(_source, new HastyTime(_time), At(1));

        _time.Advance(At(0.9));
        Assert.False(_source.IsCancellationRequested);
        _time.Advance(At(0.11));
        Assert.True(_source.IsCancellationRequested);
    }

    // Whatever the threads do in whichever order, the last deadline that is set is kept.
    [Fact]
    public async Task Set_ByOneThreadWhileItFires_IsNeverLost()
    {
        for (var round = 0; round < 200; round++)
        {
            using var source = new CancellationTokenSource();
            using var deadline = new Deadline(source, TimeProvider.System, At(0.001));
            for (var i = 0; i < 50 && !source.IsCancellationRequested; i++)
            {
                deadline.Set(At(0.001));
                if (i % 3 == 0) deadline.Clear();
            }

            deadline.Set(At(0.002));
            await Patience.UntilAsync(() => source.IsCancellationRequested, "fired");
        }
    }

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    private sealed class HastyTime(ManualTime time) : TimeProvider
    {
        public override long TimestampFrequency => time.TimestampFrequency;

        public override long GetTimestamp() => time.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime != Timeout.InfiniteTimeSpan) callback(state);
            return time.CreateTimer(callback, state, dueTime, period);
        }
    }
}
