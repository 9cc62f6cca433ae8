using Penstock.Backends;

namespace Penstock.Runtime;

/// <summary>Probes one backend again and again, from its making until it is stopped.</summary>
internal sealed class ProbeLoop : IBackendLoop
{
    // Whatever was configured: no server is asked more often than it can answer.
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(10);

    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private volatile Backend _backend;

    public ProbeLoop(Backend backend, TimeProvider time)
    {
        _backend = backend;
        _time = time;
        // What an application's kind of backend does before it first waits does not hold up the others.
        _running = Task.Run(RunAsync);
    }

    /// <summary>The backend as it is configured now; what is new about it counts from the next probe.</summary>
    public Backend Backend
    {
        set => _backend = value;
    }

    /// <summary>Ends it, and the probe that is under way.</summary>
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
            while (true)
            {
                var started = _time.GetTimestamp();
                await ProbeAsync(_backend);
                // Gateways that were started together would strike together: a tenth more or less drives them apart.
                var period = _backend.Config.Health.Interval * (0.9 + 0.2 * Random.Shared.NextDouble());
                var pause = period - _time.GetElapsedTime(started);
                await Task.Delay(pause > ShortestPause ? pause : ShortestPause, _time, _stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped.
        }
    }

    private async Task ProbeAsync(Backend backend)
    {
        var (config, health) = (backend.Config.Health, backend.State.Health);
        using var deadline = new CancellationTokenSource(config.Timeout, _time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, deadline.Token);
        try
        {
            // An application's kind of backend may forget to look at the token.
            await backend.Implementation.CheckHealthAsync(config.Path, end.Token).AsTask().WaitAsync(end.Token);
            health.ProbeSucceeded();
        }
        catch (Exception e)
        {
            // Whatever it threw: it may be an application's, and its neighbours are probed all the same.
            if (_stop.IsCancellationRequested) return;
            health.ProbeFailed(deadline.IsCancellationRequested
                ? FormattableString.Invariant($"its health check was not answered within {config.Timeout.TotalSeconds:0.###} s")
                : e.Message);
        }
    }
}
