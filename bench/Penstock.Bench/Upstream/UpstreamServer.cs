using System.Diagnostics;
using Penstock.Bench.Net;

namespace Penstock.Bench.Upstream;

/// <summary>The loop: accepts, answers, and lets out the next event of each stream when its time has come.</summary>
internal sealed class UpstreamServer : IDisposable
{
    private readonly EventLoop _loop = new();
    private readonly UpstreamOptions _options;
    private readonly long _interval;

    // All streams have the same interval, so who was served first is due first: a queue is a whole timer wheel.
    private readonly Queue<Due> _due = new();

    public UpstreamServer(UpstreamOptions options)
    {
        _options = options;
        _interval = (long)(options.Interval.TotalSeconds * Stopwatch.Frequency);
        var answers = new Answers(options.Events);
        var listener = new Listener(_loop, options.Port, socket => _ = new UpstreamLink(_loop, socket, this, answers));
        if (!listener.IsOpen)
            throw new InvalidOperationException("The listener is closed");
    }

    private readonly record struct Due(UpstreamLink Link, int Stream, long At);

    public bool SendsAtOnce => _interval == 0 && !_options.Idle;

    public void Run()
    {
        var end = Stopwatch.GetTimestamp() + (long)(_options.Lifetime.TotalSeconds * Stopwatch.Frequency);
        while (Stopwatch.GetTimestamp() is var now && now < end)
        {
            SendDue(now);
            _loop.Poll(Wait(now));
        }
    }

    /// <summary>The stream wants to send its next event one interval from now.</summary>
    public void Schedule(UpstreamLink link, int stream)
    {
        if (!_options.Idle)
            _due.Enqueue(new Due(link, stream, Stopwatch.GetTimestamp() + _interval));
    }

    public void Dispose() => _loop.Dispose();

    private void SendDue(long now)
    {
        while (_due.TryPeek(out var due) && due.At <= now)
        {
            _due.Dequeue();
            if (due.Link.SendNext(due.Stream))
                _due.Enqueue(due with { At = Math.Max(due.At + _interval, now) });
        }
    }

    private int Wait(long now)
    {
        if (!_due.TryPeek(out var due))
            return 1000;
        var ticks = due.At - now;
        // Rounded up: a millisecond late is nothing, and rounded down would spin.
        return ticks <= 0 ? 0 : (int)((ticks * 1000 + Stopwatch.Frequency - 1) / Stopwatch.Frequency);
    }
}
