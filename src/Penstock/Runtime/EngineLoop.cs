using Microsoft.Extensions.Logging;
using Penstock.Backends;
using Penstock.Configuration;

namespace Penstock.Runtime;

/// <summary>Asks one server about itself again and again, from its making until it is stopped.</summary>
internal sealed partial class EngineLoop : IBackendLoop
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Until a server that tells nothing is asked again: another one may have come up in its place.</summary>
    public static readonly TimeSpan LongInterval = TimeSpan.FromMinutes(1);

    // One odd page is soon followed by a good one, and says nothing of what was told before.
    private const int NothingsInARow = 3;

    // Longer than a server is busy with one batch, as a rule; shorter than a reading lives.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private volatile Backend _backend;
    private volatile IEngineReporter _reporter;
    private EngineReport _nothing;
    private int _nothings;
    private long _toldNothingAt;

    public EngineLoop(Backend backend, IEngineReporter reporter, TimeProvider time, ILogger logger)
    {
        _backend = backend;
        _reporter = reporter;
        _time = time;
        _logger = logger;
        _running = RunAsync();
    }

    /// <summary>The backend as it is configured now, which may be another server: it is asked anew.</summary>
    public Backend Backend
    {
        set
        {
            _backend = value;
            if (value.Implementation is IEngineReporter reporter) _reporter = reporter;
        }
    }

    /// <summary>Ends it, and the question that is under way. What the server has told stays as it is: it grows old.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            IEngineReporter? asked = null;
            while (true)
            {
                var started = _time.GetTimestamp();
                var reporter = _reporter;
                var isNews = !ReferenceEquals(asked, reporter);
                asked = reporter;
                if (isNews)
                {
                    _nothings = 0;
                    _backend.State.Reconfigured();
                }

                if (_nothings < NothingsInARow || _time.GetElapsedTime(_toldNothingAt) >= LongInterval)
                    await AskAsync(reporter, started);
                else
                    _backend.State.Told(_nothing, _time);
                var pause = Interval - _time.GetElapsedTime(started);
                // A tenth of it at least: a server that takes long to answer has enough to do.
                await Task.Delay(pause > Interval / 10 ? pause : Interval / 10, _time, _stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped.
        }
    }

    private async Task AskAsync(IEngineReporter reporter, long started)
    {
        var (state, before, wereSeveral) = (_backend.State, _backend.State.Engine?.Kind, _backend.State.AreSeveral);
        var report = await ReportAsync(reporter, started);
        _nothing = report;
        _nothings = report.Outcome == EngineOutcome.TellsNothing ? Math.Min(_nothings + 1, NothingsInARow) : 0;
        if (_nothings > 0)
        {
            _toldNothingAt = started;
            if (_nothings < NothingsInARow && state.Engine is not null) report = new EngineReport(EngineOutcome.Silent);
        }

        state.Told(report, _time);
        if (report.Reading is { } reading && reading.Kind != before)
            Log.Recognised(_logger, _backend.Name, ConfigWords.EngineKinds.For(reading.Kind));
        if (state.AreSeveral && !wereSeveral) Log.Several(_logger, _backend.Name);
    }

    private async Task<EngineReport> ReportAsync(IEngineReporter reporter, long started)
    {
        using var deadline = new CancellationTokenSource(Timeout, _time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, deadline.Token);
        try
        {
            return await reporter.ReportAsync(started, end.Token);
        }
        catch (Exception e) when (!_stop.IsCancellationRequested)
        {
            // Time is up, or an answer that nobody thought of: the next second brings another.
            if (e is not OperationCanceledException) Log.Unreadable(_logger, _backend.Name, e);
            return new EngineReport(EngineOutcome.Silent);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The backend {Backend} is read as {Kind}")]
        public static partial void Recognised(ILogger logger, string backend, string kind);

        [LoggerMessage(2, LogLevel.Debug, "What the backend {Backend} says of itself cannot be read")]
        public static partial void Unreadable(ILogger logger, string backend, Exception reason);

        [LoggerMessage(3, LogLevel.Warning, "The address of the backend {Backend} stands for several servers, whose caches, lines and restarts cannot be told apart; with `discovery: dns` and a name that has the addresses of all of them, each is a server of its own")]
        public static partial void Several(ILogger logger, string backend);
    }
}
