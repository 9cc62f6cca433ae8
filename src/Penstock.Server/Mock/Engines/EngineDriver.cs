using Penstock.Engines;

namespace Penstock.Server.Mock.Engines;

/// <summary>Lets a model of an engine run in real time, or so many times faster, and tells those who wait for their calls.</summary>
internal sealed class EngineDriver(IEngine engine, double speed, TimeProvider time)
{
    // Tokens come every few milliseconds, and nobody sees the difference.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<EngineCall, EngineTicket> _tickets = [];
    private readonly List<EngineEvent> _events = [];
    private readonly long _started = time.GetTimestamp();
    private TaskCompletionSource _changed = NewSource();
    private bool _isRunning;
    private long _promptTokens;
    private long _outputTokens;

    /// <summary>What it would say of itself now, with the tokens that it has read and written since it began.</summary>
    public (EngineReadings Readings, long PromptTokens, long OutputTokens) Look()
    {
        lock (_lock)
        {
            Advance();
            return (engine.Readings, _promptTokens, _outputTokens);
        }
    }

    /// <exception cref="ArgumentException">It can never be answered.</exception>
    public EngineTicket Submit(EngineCall call)
    {
        lock (_lock)
        {
            engine.Submit(call, Now);
            var ticket = new EngineTicket(call);
            _tickets.Add(call, ticket);
            if (_isRunning) Wake();
            else _ = Task.Run(RunAsync);
            _isRunning = true;
            return ticket;
        }
    }

    /// <summary>Its caller waits no longer, whether it is finished or not.</summary>
    public void Leave(EngineTicket ticket)
    {
        lock (_lock)
        {
            if (!_tickets.Remove(ticket.Call)) return;
            engine.Cancel(ticket.Call, Now);
            Wake();
        }
    }

    // The engine's own time.
    private long Now => (long)(time.GetElapsedTime(_started).TotalMicroseconds * speed);

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Wake()
    {
        _changed.SetResult();
        _changed = NewSource();
    }

    // Runs while anybody waits.
    private async Task RunAsync()
    {
        while (true)
        {
            TimeSpan pause;
            Task changed;
            lock (_lock)
            {
                Advance();
                if (_tickets.Count == 0)
                {
                    _isRunning = false;
                    return;
                }

                changed = _changed.Task;
                pause = TimeSpan.FromMicroseconds(Math.Clamp((engine.NextEventAt - Now) / speed, 0, Tick.TotalMicroseconds));
            }

            await Task.WhenAny(changed, Task.Delay(pause, time));
        }
    }

    private void Advance()
    {
        engine.Advance(Now, _events);
        foreach (var happened in _events)
        {
            if (happened.Kind == EngineEventKind.FirstToken) _promptTokens += happened.Call.PromptTokens - happened.CachedTokens;
            else _outputTokens += happened.Call.OutputTokens;
            if (_tickets.TryGetValue(happened.Call, out var ticket)) ticket.Take(happened);
            if (happened.Kind == EngineEventKind.Finished) _tickets.Remove(happened.Call);
        }

        _events.Clear();
        foreach (var ticket in _tickets.Values)
        {
            if (ticket.IsWriting) ticket.Written(engine.Generated(ticket.Call));
        }
    }
}
