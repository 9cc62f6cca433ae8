using System.Diagnostics;
using Penstock.Bench.Http;
using Penstock.Bench.Net;
using Penstock.Bench.Processes;

namespace Penstock.Bench.Load;

/// <summary>
/// Each connection has one request under way at most: a closed loop, or one at a rate, which shows what a request costs at the same
/// load, whoever could do more. It warms up, counts for the window, and then lets every
/// answer under way come to its end, so that also the last ones are judged.
/// </summary>
internal sealed class LoadRun
{
    private readonly LoadOptions _options;
    private readonly ProcessGroup _processes;
    private readonly Samples _latencies = new();
    private readonly Samples _firsts = new();
    private readonly ErrorLog _errors;
    private readonly Queue<LoadLink> _restarts = new();
    private readonly long _interval;
    private Phase _phase;
    private long _due;
    private int _waiting;
    private long _requests;
    private long _events;

    public LoadRun(LoadOptions options, ProcessGroup processes, ErrorLog errors)
    {
        _options = options;
        _processes = processes;
        _errors = errors;
        _interval = options.Rate == 0 ? 0 : Stopwatch.Frequency / options.Rate;
    }

    private enum Phase
    {
        Warmup,
        Window,
        Drain,
    }

    public LoadResult Run(Target target, byte[] request)
    {
        using var loop = new EventLoop();
        var links = new LoadLink[_options.Connections];
        for (var i = 0; i < links.Length; i++)
        {
            IAnswer answer = _options.Streamed ? new StreamAnswer(_options.Events) : new JsonAnswer();
            links[i] = new LoadLink(loop, this, target, request, answer);
        }

        Start(loop, links);

        var opened = Stopwatch.GetTimestamp();
        var before = _processes.Sample();
        _phase = Phase.Window;
        RunUntil(loop, opened + Ticks(_options.Duration));
        var after = _processes.Sample();
        var seconds = Stopwatch.GetElapsedTime(opened).TotalSeconds;

        _phase = Phase.Drain;
        var drained = Stopwatch.GetTimestamp() + Ticks(_options.Drain);
        while (_waiting > 0 && Stopwatch.GetTimestamp() < drained)
            loop.Poll(10);
        foreach (var link in links)
        {
            if (link.IsWaiting)
                _errors.Add("no whole answer within the time to drain");
            link.Close();
        }

        return Result(seconds, after.Cpu - before.Cpu, after.ResidentKilobytes);
    }

    /// <summary>Told by a link; it is called once an answer, good or bad.</summary>
    public void Completed(LoadLink link, long ticks, string? problem)
    {
        _waiting--;
        if (problem is not null)
        {
            _errors.Add(problem);
        }
        else if (_phase == Phase.Window)
        {
            _requests++;
            _latencies.Add(ticks);
        }

        if (_phase == Phase.Drain)
            return;

        // Not from here: a refused connect would come back at once and nest without end.
        _restarts.Enqueue(link);
    }

    public void CountEvents(int events)
    {
        if (_phase == Phase.Window)
            _events += events;
    }

    public void CountFirst(long ticks)
    {
        if (_phase == Phase.Window)
            _firsts.Add(ticks);
    }

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);

    /// <summary>Runs the warm-up. Streams begin spread over it, or all of them would send their events in step.</summary>
    private void Start(EventLoop loop, LoadLink[] links)
    {
        var start = Stopwatch.GetTimestamp();
        var warm = Ticks(_options.Warmup);
        for (var i = 0; i < links.Length; i++)
        {
            if (_options.Streamed)
                RunUntil(loop, start + warm * i / links.Length);
            Begin(links[i]);
        }

        RunUntil(loop, start + warm);
    }

    private void RunUntil(EventLoop loop, long deadline)
    {
        while (Stopwatch.GetTimestamp() is var now && now < deadline && !_errors.IsHopeless)
        {
            var wait = (int)Math.Min(100, (deadline - now) * 1000 / Stopwatch.Frequency);
            // At a rate it looks each millisecond what is due.
            loop.Poll(_interval == 0 ? wait : Math.Min(1, wait));
            for (var i = _restarts.Count; i > 0 && IsDue(); i--)
                Begin(_restarts.Dequeue());
        }
    }

    private bool IsDue()
    {
        if (_interval == 0)
            return true;
        var now = Stopwatch.GetTimestamp();
        if (now < _due)
            return false;
        // What nobody was free to send is not made up for: a burst would be another load.
        _due = Math.Max(_due, now - Ticks(TimeSpan.FromMilliseconds(10))) + _interval;
        return true;
    }

    private void Begin(LoadLink link)
    {
        _waiting++;
        link.Begin();
    }

    private LoadResult Result(double seconds, TimeSpan cpu, long residentKilobytes)
    {
        var micros = cpu.TotalMicroseconds;
        return new LoadResult
        {
            Connections = _options.Connections,
            Seconds = seconds,
            Requests = _requests,
            Errors = _errors.Count,
            RequestsPerSecond = _requests / seconds,
            P50Milliseconds = _latencies.Milliseconds(0.50),
            P90Milliseconds = _latencies.Milliseconds(0.90),
            P99Milliseconds = _latencies.Milliseconds(0.99),
            FirstP50Milliseconds = _options.Streamed ? _firsts.Milliseconds(0.50) : null,
            FirstP99Milliseconds = _options.Streamed ? _firsts.Milliseconds(0.99) : null,
            EventsPerSecond = _options.Streamed ? _events / seconds : null,
            CpuMicrosPerRequest = _processes.IsEmpty || _requests == 0 ? null : micros / _requests,
            CpuMicrosPerEvent = _processes.IsEmpty || _events == 0 ? null : micros / _events,
            CpuPercent = _processes.IsEmpty ? null : micros / seconds / 10_000,
            ResidentKilobytes = _processes.IsEmpty ? null : residentKilobytes,
        };
    }
}
