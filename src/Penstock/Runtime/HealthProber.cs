using Microsoft.Extensions.Hosting;
using Penstock.Backends;

namespace Penstock.Runtime;

/// <summary>
/// Probes the backends of the snapshot in force, each at its own interval, all at the same time. A new one is probed at
/// once, one that a reload has left as it was is not disturbed by that.
/// </summary>
internal sealed class HealthProber(GatewayRuntime runtime, TimeProvider time) : BackgroundService
{
    // By their states, which outlive a reload.
    private readonly Dictionary<BackendState, ProbeLoop> _loops = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                var replaced = runtime.Replaced;
                await FollowAsync(runtime.Current);
                await replaced.WaitAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The gateway stops.
        }

        await Task.WhenAll(_loops.Values.Select(loop => loop.DisposeAsync().AsTask()));
    }

    private async Task FollowAsync(GatewaySnapshot gateway)
    {
        var probed = new Dictionary<BackendState, Backend>();
        foreach (var backend in gateway.Backends)
        {
            if (backend.Config.Health.IsProbed) probed[backend.State] = backend;
        }

        var gone = _loops.Keys.Where(state => !probed.ContainsKey(state)).ToArray();
        await Task.WhenAll(gone.Select(state => _loops[state].DisposeAsync().AsTask()));
        foreach (var state in gone) _loops.Remove(state);
        foreach (var backend in probed.Values)
        {
            if (_loops.TryGetValue(backend.State, out var loop)) loop.Backend = backend;
            else _loops.Add(backend.State, new ProbeLoop(backend, time));
        }
    }
}
