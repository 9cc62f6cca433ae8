using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Penstock.Backends;

namespace Penstock.Runtime;

/// <summary>Asks the servers of the snapshot in force about themselves, once a second, all at the same time and on no request's path.</summary>
internal sealed class EngineWatch(GatewayRuntime runtime, TimeProvider time, ILogger<EngineWatch> logger) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new BackendLoops(
        runtime,
        backend => backend.Implementation is IEngineReporter { IsAsked: true },
        backend => new EngineLoop(backend, (IEngineReporter)backend.Implementation, time, logger),
        // Who is not to be asked any more is not limited by what he said. One that leaves keeps its limit to its end.
        backend => backend.State.Told(new EngineReport(EngineOutcome.TellsNothing), time)).RunAsync(stoppingToken);
}
