using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Penstock.Configuration;
using Penstock.Health;

namespace Penstock.Runtime;

/// <summary>
/// Runs the drain when the host is told to stop, while the server still listens: <c>/readyz</c> can be asked, and what
/// comes too late gets a clear answer.
/// </summary>
internal sealed partial class DrainService(GatewayConfig config, Drain drain, TimeProvider time, ILogger<DrainService> logger) : IHostedLifecycleService
{
    /// <summary>How long requests have that were told to end: enough for an error event.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        // As it was at start: the host's own patience was set by it then.
        var timeout = config.Server.DrainTimeout;
        Log.Draining(logger, timeout.TotalSeconds);
        if (!await drain.RunAsync(timeout, Grace, time, cancellationToken)) Log.Expired(logger);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Stopping: requests in flight have {Seconds} s to finish")]
        public static partial void Draining(ILogger logger, double seconds);

        [LoggerMessage(2, LogLevel.Warning, "Time is up: the requests that are left were ended with an error")]
        public static partial void Expired(ILogger logger);
    }
}
