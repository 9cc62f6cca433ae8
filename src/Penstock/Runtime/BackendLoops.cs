using Penstock.Backends;

namespace Penstock.Runtime;

/// <summary>
/// A loop for each backend of the snapshot in force that needs one. A new one begins at once, one that a reload has left as it
/// was is not disturbed by that.
/// </summary>
/// <param name="runtime">Has the snapshot.</param>
/// <param name="isWanted">Whether a backend needs one.</param>
/// <param name="start">Starts one.</param>
/// <param name="ended">What is done with a backend that is still there when it needs none any more; null: nothing.</param>
internal sealed class BackendLoops(
    GatewayRuntime runtime, Func<Backend, bool> isWanted, Func<Backend, IBackendLoop> start, Action<Backend>? ended = null)
{
    // By their states, which outlive a reload.
    private readonly Dictionary<BackendState, IBackendLoop> _loops = [];

    /// <summary>Follows the snapshots until the gateway stops; then all loops have ended.</summary>
    public async Task RunAsync(CancellationToken stoppingToken)
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
        var wanted = new Dictionary<BackendState, Backend>();
        foreach (var backend in gateway.Backends)
        {
            if (isWanted(backend)) wanted[backend.State] = backend;
        }

        var gone = _loops.Keys.Where(state => !wanted.ContainsKey(state)).ToArray();
        await Task.WhenAll(gone.Select(state => _loops[state].DisposeAsync().AsTask()));
        foreach (var state in gone)
        {
            _loops.Remove(state);
            if (ended is not null && gateway.Backends.FirstOrDefault(backend => backend.State == state) is { } staying) ended(staying);
        }

        foreach (var backend in wanted.Values)
        {
            if (_loops.TryGetValue(backend.State, out var loop)) loop.Backend = backend;
            else _loops.Add(backend.State, start(backend));
        }
    }
}
