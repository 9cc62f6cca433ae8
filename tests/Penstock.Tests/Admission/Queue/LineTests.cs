using System.Runtime.CompilerServices;
using Penstock.Admission.Queue;
using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Health;
using Penstock.Telemetry;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Admission.Queue;

/// <summary>The line with real seats, on a clock that stands: nothing but the seats' own word moves it.</summary>
public sealed class LineTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly StrongBox<int> _waiting = new();
    private readonly QueueSeries _series = new("pool", "normal", (_, _) => { });
    private readonly BackendState _state;
    private readonly Line _line;
    private int _seats = 1;

    public LineTests()
    {
        _state = new BackendState(new StrongBox<long>(), new BackendHealth(time: _time));
        _line = new Line(new LineCounts(_ => _series, _waiting), () => 0.5, _time, e => throw e);
    }

    public void Dispose() => _line.Dispose();

    [Fact]
    public async Task Wait_SeatIsFree_IsServedAtOnce()
    {
        var seeker = new SeatTaker(_state, () => _seats);

        Assert.Equal(LineEnd.Served, (await WaitAsync(seeker)).End);
        seeker.Lease.Dispose();
        AssertNothingIsLeft();
    }

    [Fact]
    public async Task Wait_SeatIsFreedLater_IsServedThen()
    {
        Assert.True(_state.TryEnter(1, out var lease));
        var seeker = new SeatTaker(_state, () => _seats);
        var waiting = WaitAsync(seeker).AsTask();
        Assert.Equal((1, 1, 1L), (_line.Count, _waiting.Value, _series.Waiting));
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.False(waiting.IsCompleted);
        lease.Dispose();

        var answer = await waiting.WaitAsync(Patience.Default);
        Assert.Equal((LineEnd.Served, TimeSpan.FromSeconds(3)), (answer.End, answer.Waited));
        seeker.Lease.Dispose();
        AssertNothingIsLeft();
    }

    [Fact]
    public async Task Wait_SeatsGrow_IsServedWhenThatIsTold()
    {
        Assert.True(_state.TryEnter(1, out var lease));
        var seeker = new SeatTaker(_state, () => Volatile.Read(ref _seats));
        var waiting = WaitAsync(seeker).AsTask();
        Volatile.Write(ref _seats, 2);
        _state.Watchers.Wake();

        Assert.Equal(LineEnd.Served, (await waiting.WaitAsync(Patience.Default)).End);
        seeker.Lease.Dispose();
        lease.Dispose();
        AssertNothingIsLeft();
    }

    // A backend that comes up, or is given seats, tells it once, and who has a seat sees no more of it.
    [Fact]
    public async Task Wait_ManySeatsComeAtOnce_AllOfThemAreTaken()
    {
        Assert.True(_state.TryEnter(1, out var lease));
        var seekers = Enumerable.Range(0, 40).Select(_ => new SeatTaker(_state, () => Volatile.Read(ref _seats))).ToArray();
        var waiting = seekers.Select(seeker => WaitAsync(seeker).AsTask()).ToArray();
        Volatile.Write(ref _seats, 41);
        _state.Watchers.WakeElsewhere();

        Assert.All(await Task.WhenAll(waiting).WaitAsync(Patience.Default), answer => Assert.Equal(LineEnd.Served, answer.End));
        foreach (var seeker in seekers) seeker.Lease.Dispose();
        lease.Dispose();
        AssertNothingIsLeft();
    }

    [Fact]
    public async Task Wait_TimeIsOver_SaysWhenToComeBack()
    {
        Assert.True(_state.TryEnter(1, out var lease));
        var patient = new SeatTaker(_state, () => _seats);
        var first = WaitAsync(patient, tokens: 100).AsTask();
        var second = WaitAsync(new SeatTaker(_state, () => _seats), timeout: 5).AsTask();
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.False(second.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1.1));

        // Nothing was served yet: nobody knows how fast that goes, but that it takes as long as one may wait is a fair guess.
        var late = await second.WaitAsync(Patience.Default);
        Assert.Equal(LineEnd.TimedOut, late.End);
        Assert.InRange(late.RetryAfter, new QueueConfig().Timeout, 1.2 * new QueueConfig().Timeout);
        lease.Dispose();
        Assert.Equal(LineEnd.Served, (await first.WaitAsync(Patience.Default)).End);
        patient.Lease.Dispose();
        AssertNothingIsLeft();
    }

    // Nobody is left in line; but it would not have been its turn in a second, nor will it be.
    [Fact]
    public async Task Wait_TimeOfTheLastIsOver_DoesNotSayToComeBackAtOnce()
    {
        Assert.True(_state.TryEnter(1, out var lease));
        var waiting = WaitAsync(new SeatTaker(_state, () => _seats), timeout: 5).AsTask();
        _time.Advance(TimeSpan.FromSeconds(5.1));

        var late = await waiting.WaitAsync(Patience.Default);
        Assert.Equal(LineEnd.TimedOut, late.End);
        Assert.InRange(late.RetryAfter, new QueueConfig().Timeout, 1.2 * new QueueConfig().Timeout);
        lease.Dispose();
        AssertNothingIsLeft();
    }

    [Fact]
    public async Task Wait_NoRoom_RetryAfterIsWhatWaitsOverWhatIsServed()
    {
        Assert.True(_state.TryEnter(1, out var lease));
        var bounds = new QueueConfig { MaxRequests = 2 };
        var seekers = Enumerable.Range(0, 3).Select(_ => new SeatTaker(_state, () => _seats)).ToArray();
        var first = WaitAsync(seekers[0], bounds, tokens: 100).AsTask();
        var second = WaitAsync(seekers[1], bounds, tokens: 100).AsTask();
        _time.Advance(TimeSpan.FromSeconds(10));
        lease.Dispose();
        Assert.Equal(LineEnd.Served, (await first.WaitAsync(Patience.Default)).End);
        _line.Ended(100, used: null);
        var third = WaitAsync(seekers[2], bounds, tokens: 100).AsTask();

        // A call in 10 s, and two that wait; and a tenth more, by chance.
        var refused = await WaitAsync(new SeatTaker(_state, () => _seats), bounds);
        Assert.Equal(LineEnd.Full, refused.End);
        Assert.InRange(refused.RetryAfter.TotalSeconds, 10, 30);
        seekers[0].Lease.Dispose();
        Assert.Equal(LineEnd.Served, (await second.WaitAsync(Patience.Default)).End);
        seekers[1].Lease.Dispose();
        Assert.Equal(LineEnd.Served, (await third.WaitAsync(Patience.Default)).End);
        seekers[2].Lease.Dispose();
        AssertNothingIsLeft();
    }

    [Fact]
    public async Task Wait_PolicyThrows_IsThatCallsMisfortuneOnly()
    {
        Assert.True(_state.TryEnter(1, out var lease));
        var broken = WaitAsync(new ThrowingSeeker(_state)).AsTask();
        var seeker = new SeatTaker(_state, () => _seats);
        var other = WaitAsync(seeker).AsTask();
        lease.Dispose();

        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => broken.WaitAsync(Patience.Default));
        Assert.Equal(LineEnd.Served, (await other.WaitAsync(Patience.Default)).End);
        seeker.Lease.Dispose();
        AssertNothingIsLeft();
    }

    // Seats come and go on many threads, callers leave at any moment, others try to take seats past the line, and the
    // clock stands: a wake-up that were lost would not be made up for.
    [Fact]
    public async Task Wait_ManyAtOnce_EverybodyIsServedOrLeaves()
    {
        const int Callers = 16;
        const int Calls = 300;
        _seats = 3;
        var served = 0;
        var left = 0;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            var random = new Random(caller);
            for (var i = 0; i < Calls; i++)
            {
                using var gone = new CancellationTokenSource();
                var seeker = new SeatTaker(_state, () => _seats);
                var waiting = WaitAsync(seeker, caller: $"c{caller % 5}", tokens: random.Next(1, 2000), gone: gone.Token).AsTask();
                if (random.Next(4) == 0)
                {
                    await Task.Yield();
                    await gone.CancelAsync();
                }

                if ((await waiting.WaitAsync(Patience.Default)).End == LineEnd.Left)
                {
                    Interlocked.Increment(ref left);
                    continue;
                }

                Interlocked.Increment(ref served);
                if (random.Next(2) == 0) await Task.Yield();
                seeker.Lease.Dispose();
                // Somebody who does not stand in line.
                if (_state.TryEnter(_seats, out var barged)) barged.Dispose();
            }
        })));

        Assert.Equal(Callers * Calls, served + left);
        Assert.True(served > 0);
        AssertNothingIsLeft();
    }

    private ValueTask<LineAnswer> WaitAsync(
        ISeatSeeker seeker, QueueConfig? bounds = null, string caller = "a", long tokens = 100, double timeout = 3600, CancellationToken gone = default) =>
        _line.WaitAsync(
            seeker, new LineTicket(caller, CallerPriority.Normal, tokens, 10, TimeSpan.FromSeconds(timeout)), bounds ?? new QueueConfig(), gone, CancellationToken.None);

    private void AssertNothingIsLeft()
    {
        Assert.Equal((0, 0, 0L, 0L), (_line.Count, _waiting.Value, _series.Waiting, _series.Bytes));
        Assert.Equal(0, _state.InFlight);
    }

    private sealed class ThrowingSeeker(BackendState state) : ISeatSeeker
    {
        public IEnumerable<BackendState> Backends => [state];

        public bool SeesRoom => true;

        public bool TakesAny => true;

        public bool CanWait(TimeSpan left) => true;

        public BackendState? TryTake(bool mayWait) => throw new InvalidTimeZoneException();
    }
}
