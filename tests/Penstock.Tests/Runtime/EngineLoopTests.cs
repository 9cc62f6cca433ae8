using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Health;
using Penstock.Runtime;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Runtime;

/// <summary>The rhythm in which a server is asked about itself, and what becomes of what it says.</summary>
public sealed class EngineLoopTests
{
    private readonly ManualTime _time = new();
    private readonly BackendHealth _health;
    private readonly BackendState _state;

    public EngineLoopTests()
    {
        _health = new BackendHealth("b", _time);
        _state = new BackendState(new StrongBox<long>(), _health);
    }

    [Fact]
    public async Task Readings_ComeAtOnce_AndThenEachSecond_WithTheirTime()
    {
        var server = new Server(at => Told(at, tokens: 1));
        await using var loop = New(server);

        for (var i = 1; i < 5; i++)
        {
            await AskedAsync(server, i);
            Assert.Equal(_time.GetTimestamp(), _state.Engine?.ReadAt);
            _time.Advance(EngineLoop.Interval);
        }
    }

    [Fact]
    public async Task Server_ThatTellsNothing_IsAskedAgainAfterAMinute()
    {
        var server = new Server(_ => new EngineReport(EngineOutcome.TellsNothing));
        await using var loop = New(server);
        await AskedAsync(server, 1);
        // It may just not be ready.
        for (var i = 2; i <= 3; i++)
        {
            await TickAsync();
            await AskedAsync(server, i);
        }

        for (var i = 0; i < 59; i++) await TickAsync();
        Assert.Equal(3, server.AskedAt.Count);
        await TickAsync();

        await AskedAsync(server, 4);
        Assert.Null(_state.Engine);
        Assert.Null(_state.Learned.Seats);
    }

    [Fact]
    public async Task Server_ThatToldNothingOnce_KeepsItsReadingAndSeats_UntilItHasToldNothingThreeTimes()
    {
        var server = new Server(at => Told(at, tokens: 1));
        await using var loop = New(server);
        await AskedAsync(server, 1);
        var first = _state.Engine;
        server.Answer = _ => new EngineReport(EngineOutcome.TellsNothing);

        for (var i = 2; i <= 3; i++)
        {
            await TickAsync();
            await AskedAsync(server, i);
            Assert.Equal((first, SeatFinder.Most), (_state.Engine, _state.Learned.Seats));
        }

        await TickAsync();
        await AskedAsync(server, 4);
        Assert.Null(_state.Engine);
        Assert.Null(_state.Learned.Seats);
    }

    [Fact]
    public async Task Server_ThatIsSilent_KeepsItsLastReading_AndIsAskedOn()
    {
        var server = new Server(at => Told(at, tokens: 1));
        await using var loop = New(server);
        await AskedAsync(server, 1);
        server.Answer = _ => throw new InvalidOperationException("what is this?");

        await TickAsync();
        await AskedAsync(server, 2);
        await TickAsync();
        await AskedAsync(server, 3);

        Assert.Equal(2 * EngineLoop.Interval, _time.GetElapsedTime(_state.Engine!.ReadAt));
        Assert.Equal(0, _state.Incarnation);
    }

    [Fact]
    public async Task Server_ThatHangs_HasTwoSeconds()
    {
        var server = new Server(_ => new EngineReport(EngineOutcome.Silent)) { Hangs = true };
        await using var loop = New(server);
        await Patience.UntilAsync(() => server.AskedAt.Count == 1 && _time.ArmedTimers == 1, "it is asked");

        server.Hangs = false;
        _time.Advance(TimeSpan.FromSeconds(2));
        await _time.WaitForTimersAsync();
        _time.Advance(EngineLoop.Interval);

        await AskedAsync(server, 2);
    }

    [Fact]
    public async Task Backend_Replaced_IsAskedAnew()
    {
        var (old, later) = (new Server(_ => new EngineReport(EngineOutcome.TellsNothing)), new Server(at => Told(at, tokens: 1)));
        await using var loop = New(old);
        await AskedAsync(old, 1);

        loop.Backend = BackendOf(later);
        await TickAsync();

        await AskedAsync(later, 1);
        Assert.Equal(EngineKind.Vllm, _state.Engine?.Kind);
    }

    // Its calls may wait for it still: with no limit, all of them would rush to it while it goes.
    [Fact]
    public async Task Dispose_KeepsItsSeats()
    {
        var server = new Server(at => Told(at, tokens: 1));
        var loop = New(server);
        await AskedAsync(server, 1);
        Assert.Equal(SeatFinder.Most, _state.Learned.Seats);

        await loop.DisposeAsync().AsTask().WaitAsync(Patience.Default);

        Assert.Equal(SeatFinder.Most, _state.Learned.Seats);
    }

    // What stood in the line of the one before says nothing of this one.
    [Fact]
    public void Told_ByAnotherIncarnation_IsTheOnlyEvidence()
    {
        for (var i = 0; i < 300; i++) Assert.True(_state.TryEnter(null, out _));
        foreach (var tokens in (double[])[10, 20, 5])
        {
            _time.Advance(EngineLoop.Interval);
            var told = Told(_time.GetTimestamp(), tokens);
            _state.Told(told with { Reading = told.Reading! with { Waiting = 200, Running = 100 } }, _time);
        }

        Assert.Equal(SeatFinder.Most, _state.Learned.Seats);
    }

    [Fact]
    public void Told_CounterThatFell_IsAnotherIncarnation()
    {
        foreach (var tokens in (double[])[10, 20, 20, 5, 6]) _state.Told(Told(0, tokens), _time);

        Assert.Equal(1, _state.Incarnation);
    }

    // Each question may reach another one.
    [Fact]
    public async Task Server_ThatIsSeveral_IsWarnedOfOnce_UntilItIsConfiguredAnew()
    {
        var log = new WarningLog();
        var starts = new Queue<double>([100, 200, 100, 200, 100, 200, 100]);
        var server = new Server(at => new EngineReport(
            EngineOutcome.Told, new EngineReading { Kind = EngineKind.LlamaCpp, ReadAt = at, StartedAt = starts.Dequeue(), Slots = [] }));
        await using var loop = new EngineLoop(BackendOf(server), server, _time, log);
        await AskedAsync(server, 1);
        Assert.NotNull(_state.Engine!.Slots);
        for (var i = 2; i <= 5; i++)
        {
            await TickAsync();
            await AskedAsync(server, i);
            Assert.Equal((1, i > 2), (_state.Incarnation, _state.AreSeveral));
        }

        // A slot of one is not the slot of another.
        Assert.Null(_state.Engine!.Slots);
        Assert.Contains("discovery: dns", Assert.Single(log.Lines), StringComparison.Ordinal);

        var later = new Server(server.Answer);
        loop.Backend = BackendOf(later);
        await TickAsync();
        await AskedAsync(later, 1);
        Assert.False(_state.AreSeveral);
        await TickAsync();
        await AskedAsync(later, 2);

        Assert.True(_state.AreSeveral);
        Assert.Equal(2, log.Lines.Count);
    }

    // Without a counter nobody can tell a restart from a moment without a network; what is believed of its cache is given up.
    [Theory]
    [InlineData("Gone", null, 1)]
    [InlineData("Loading", null, 1)]
    [InlineData("Silent", null, 0)]
    [InlineData("Gone", 10.0, 0)]
    public void Told_GoneInBetween_IsAnotherIncarnation_UnlessItsCounterWentOn(string outcome, double? tokens, long incarnation)
    {
        _state.Told(Told(0, tokens), _time);
        _state.Told(new EngineReport(Enum.Parse<EngineOutcome>(outcome)), _time);
        _state.Told(new EngineReport(Enum.Parse<EngineOutcome>(outcome)), _time);
        _state.Told(Told(0, tokens), _time);
        _state.Told(Told(0, tokens), _time);

        Assert.Equal(incarnation, _state.Incarnation);
    }

    [Fact]
    public void Health_ThatCameBack_IsAnotherIncarnation()
    {
        _health.Configure(new HealthConfig { IsProbed = true, HealthyAfter = 1, UnhealthyAfter = 1 }, new BreakerConfig());
        _health.ProbeSucceeded();
        Assert.Equal(0, _state.Incarnation);

        _health.ProbeFailed("it was refused");
        _health.ProbeSucceeded();
        _health.ProbeSucceeded();

        Assert.Equal(1, _state.Incarnation);
    }

    private static EngineReport Told(long at, double? tokens) => new(
        EngineOutcome.Told, new EngineReading { Kind = EngineKind.Vllm, ReadAt = at, PromptTokensRead = tokens, Waiting = 0 });

    private EngineLoop New(Server server) => new(BackendOf(server), server, _time, NullLogger.Instance);

    private Backend BackendOf(Server server) => new(new BackendConfig { Name = "b", Type = "test" }, server, _state);

    // The loop has asked so often, and waits for the next time: the answer has been taken in.
    private Task AskedAsync(Server server, int count) =>
        Patience.UntilAsync(() => server.AskedAt.Count == count && _time.ArmedTimers == 1 && _time.NextDueIn <= EngineLoop.Interval, $"it was asked {count} times");

    private async Task TickAsync()
    {
        await _time.WaitForTimersAsync();
        var before = _time.NextDueIn;
        _time.Advance(EngineLoop.Interval);
        await _time.WaitForTimersAsync();
        Assert.NotNull(before);
    }

    private sealed class Server(Func<long, EngineReport> answer) : IBackend, IEngineReporter
    {
        private readonly Recorded<long> _askedAt = new();

        public bool IsAsked => true;

        public bool Hangs { get; set; }

        public Func<long, EngineReport> Answer { get; set; } = answer;

        public IReadOnlyList<long> AskedAt => _askedAt.Snapshot();

        public async ValueTask<EngineReport> ReportAsync(long readAt, CancellationToken cancellationToken)
        {
            var hangs = Hangs;
            _askedAt.Add(readAt);
            if (hangs) await Task.Delay(Timeout.Infinite, cancellationToken);
            return Answer(readAt);
        }

        public ValueTask<BackendResponse> SendAsync(BackendRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
