using Microsoft.Extensions.Logging;
using Penstock.Configuration;
using Penstock.Health;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Health;

public sealed class BackendHealthTests
{
    private static readonly HealthConfig Probed = new() { IsProbed = true, Interval = TimeSpan.FromSeconds(7) };

    private readonly ManualTime _time = new();
    private readonly CollectedLog _log = new();
    private readonly BackendHealth _health;

    public BackendHealthTests()
    {
        _health = new BackendHealth("gpu", _time, _log);
        _health.Configure(Probed, new BreakerConfig());
    }

    [Fact]
    public void New_HasNoObstacle()
    {
        AssertNothingIsWrong();
        Assert.Equal(new HealthReading(ProbeState.Unknown, Obstacle.None, BreakerState.Closed, null, null), _health.Read());
    }

    [Fact]
    public void Probes_TakeItDownAndUp_AndSaySoOnce()
    {
        for (var i = 0; i < 6; i++) _health.ProbeFailed("it answered 503");

        Assert.Equal(Obstacle.Down, _health.Obstacle);
        Assert.Equal(TimeSpan.FromSeconds(7), _health.AvailableIn);
        Assert.False(_health.TryBegin(out _));
        Assert.Equal((ProbeState.Down, new LastError(_time.GetUtcNow(), "it answered 503")), (_health.Read().Probes, _health.Read().LastError));

        for (var i = 0; i < 6; i++) _health.ProbeSucceeded();

        AssertNothingIsWrong();
        Assert.Equal(["Warning: The backend gpu is down: it answered 503", "Information: The backend gpu is up again"], _log.Lines);
    }

    [Fact]
    public void Probes_TurnedOff_AreForgotten()
    {
        for (var i = 0; i < 3; i++) _health.ProbeFailed("x");

        _health.Configure(new HealthConfig(), new BreakerConfig());

        AssertNothingIsWrong();
        Assert.Equal(ProbeState.Unknown, _health.Read().Probes);
    }

    [Fact]
    public void Configure_WithProbes_ForgetsNothing()
    {
        for (var i = 0; i < 3; i++) _health.ProbeFailed("x");
        _health.Drain();

        _health.Configure(Probed, new BreakerConfig());

        Assert.Equal(Obstacle.Drained, _health.Obstacle);
        Assert.Equal(ProbeState.Down, _health.Read().Probes);
    }

    [Fact]
    public void Failures_OpenTheBreaker_TrialsCloseIt_EachSaidOnce()
    {
        for (var i = 0; i < 9; i++) _health.Failed("it answered 500", isTrial: false);
        Assert.Equal(Obstacle.BreakerOpen, _health.Obstacle);
        Assert.Equal(TimeSpan.FromSeconds(10), _health.AvailableIn);
        Assert.False(_health.TryBegin(out _));

        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(Obstacle.None, _health.Obstacle);
        Assert.Equal(BreakerState.HalfOpen, _health.Read().Breaker);
        Try(() => Assert.Equal((Obstacle.BreakerOpen, TimeSpan.FromSeconds(1)), (_health.Obstacle, _health.AvailableIn)));
        Try(() => _health.Succeeded(isTrial: true));
        Assert.Equal(BreakerState.HalfOpen, _health.Read().Breaker);
        Try(() => _health.Succeeded(isTrial: true));

        AssertNothingIsWrong();
        Assert.Equal(
            [
                "Warning: The backend gpu fails and gets no requests for 10 s: it answered 500",
                "Information: The backend gpu gets requests again, one at a time, on trial",
                "Information: The backend gpu answers again and gets all requests",
            ],
            _log.Lines);
    }

    [Fact]
    public void Rest_IsAnObstacleUntilThen()
    {
        _health.Rest(TimeSpan.FromSeconds(20));
        _health.Rest(TimeSpan.FromSeconds(5));

        Assert.Equal((Obstacle.Resting, TimeSpan.FromSeconds(20)), (_health.Obstacle, _health.AvailableIn));
        Assert.Equal(_time.GetUtcNow().AddSeconds(20), _health.Read().RestingUntil);
        Assert.False(_health.TryBegin(out _));
        // An answer of a request from before says nothing of the next one.
        _health.Succeeded();
        Assert.Equal(Obstacle.Resting, _health.Obstacle);

        _time.Advance(TimeSpan.FromSeconds(20));

        AssertNothingIsWrong();
        Assert.Null(_health.Read().RestingUntil);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public void Rest_OfDays_IsAnHour()
    {
        _health.Rest(TimeSpan.FromDays(3));

        Assert.Equal(TimeSpan.FromHours(1), _health.AvailableIn);
    }

    [Fact]
    public void Credentials_Refused_IsAnObstacleForAMinute_AndASuccessClearsIt()
    {
        _health.RejectCredentials("it answered 401");
        Assert.Equal((Obstacle.BadCredentials, TimeSpan.FromSeconds(60)), (_health.Obstacle, _health.AvailableIn));
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.True(_health.TryBegin(out var isTrial));
        Assert.False(isTrial);
        _health.RejectCredentials("it answered 401");
        Assert.Equal(Obstacle.BadCredentials, _health.Obstacle);

        _health.Succeeded();

        AssertNothingIsWrong();
        Assert.Equal(
            [
                "Warning: The backend gpu refuses the gateway's credentials: it answered 401",
                "Information: The backend gpu accepts the gateway's credentials again",
            ],
            _log.Lines);
    }

    [Fact]
    public void Credentials_NewConfiguration_AreTriedAtOnce()
    {
        _health.RejectCredentials("it answered 401");

        _health.Configure(Probed, new BreakerConfig());

        AssertNothingIsWrong();
    }

    [Fact]
    public void Drain_AndEnable_AreSaidOnce()
    {
        _health.Drain();
        _health.Drain();
        Assert.Equal((Obstacle.Drained, TimeSpan.FromSeconds(30)), (_health.Obstacle, _health.AvailableIn));
        Assert.False(_health.TryBegin(out _));

        _health.Enable();
        _health.Enable();

        AssertNothingIsWrong();
        Assert.Equal(
            ["Information: The backend gpu was drained: it gets no more requests", "Information: The backend gpu was enabled: it gets requests again"],
            _log.Lines);
    }

    [Fact]
    public void AvailableIn_SeveralObstacles_IsTheLongest()
    {
        _health.Rest(TimeSpan.FromSeconds(40));
        for (var i = 0; i < 5; i++) _health.Failed("x");

        Assert.Equal((Obstacle.BreakerOpen, TimeSpan.FromSeconds(40)), (_health.Obstacle, _health.AvailableIn));
    }

    [Fact]
    public void HotPath_NothingWrong_AllocatesNothing()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            if (_health.Obstacle != Obstacle.None || !_health.TryBegin(out var isTrial)) throw new InvalidOperationException();
            _health.Succeeded(isTrial);
            _health.End(isTrial);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task Any_ManyThreads_AtMostOneIsOnTrial()
    {
        for (var i = 0; i < 5; i++) _health.Failed("x");
        _time.Advance(TimeSpan.FromSeconds(10));
        var (onTrial, most, trials) = (0, 0, 0);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 5000; i++)
            {
                if (!_health.TryBegin(out var isTrial)) continue;
                Assert.True(isTrial);
                Interlocked.Increment(ref trials);
                if (Interlocked.Increment(ref onTrial) > 1) Interlocked.Increment(ref most);
                Interlocked.Decrement(ref onTrial);
                _health.End(isTrial);
            }
        })));

        Assert.True(trials > 0);
        Assert.Equal(0, most);
    }

    private void Try(Action meanwhile)
    {
        Assert.True(_health.TryBegin(out var isTrial));
        Assert.True(isTrial);
        meanwhile();
        _health.End(isTrial);
    }

    private void AssertNothingIsWrong()
    {
        Assert.Equal((Obstacle.None, TimeSpan.Zero), (_health.Obstacle, _health.AvailableIn));
        Assert.True(_health.TryBegin(out var isTrial));
        Assert.False(isTrial);
        _health.End(isTrial);
    }

    private sealed class CollectedLog : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add($"{logLevel}: {formatter(state, exception)}");
    }
}
