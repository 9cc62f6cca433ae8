using Microsoft.Extensions.Hosting;

namespace Penstock.Runtime;

/// <summary>Probes the backends of the snapshot in force, each at its own interval, all at the same time.</summary>
internal sealed class HealthProber(GatewayRuntime runtime, TimeProvider time) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        new BackendLoops(runtime, backend => backend.Config.Health.IsProbed, backend => new ProbeLoop(backend, time)).RunAsync(stoppingToken);
}
