using Microsoft.Extensions.Logging;
using Penstock.Configuration;
using Penstock.Telemetry;

namespace Penstock.Runtime;

/// <summary>Holds the snapshot that is in force, and replaces it as a whole when the configuration changes.</summary>
internal sealed partial class GatewayRuntime
{
    private readonly ConfigLoader _loader;
    private readonly SnapshotFactory _factory;
    private readonly ILogger<GatewayRuntime> _logger;
    private readonly Lock _reloading = new();
    private volatile GatewaySnapshot _current;
    private volatile TaskCompletionSource _replaced = NewReplaced();

    /// <param name="loader">Reads the configuration again for a reload.</param>
    /// <param name="initial">The configuration to begin with.</param>
    /// <param name="factory">Makes the snapshots.</param>
    /// <param name="metrics">Show how the backends in force are.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Gets word of reloads.</param>
    public GatewayRuntime(
        ConfigLoader loader, GatewayConfig initial, SnapshotFactory factory, GatewayMetrics metrics, TimeProvider time, ILogger<GatewayRuntime> logger)
    {
        _loader = loader;
        _factory = factory;
        _logger = logger;
        _current = factory.Create(initial);
        metrics.ShowBackends(() => BackendReadings.Of(_current, time));
    }

    public GatewaySnapshot Current => _current;

    /// <summary>
    /// Ends when the snapshot that is in force now is not any more. Asked for before <see cref="Current"/>, it misses none.
    /// </summary>
    public Task Replaced => _replaced.Task;

    /// <summary>The file that the configuration is read from, whether it exists or not; null: none.</summary>
    public string? File => _loader.File;

    /// <summary>Reads the configuration again. All or nothing: with any error the old one stays in force.</summary>
    public bool TryReload()
    {
        lock (_reloading)
        {
            var (config, errors) = _loader.Load();
            // A file that goes away is a mistake, or is being replaced: taken at its word, it would turn everything into an echo.
            if (config is { File: null } && _current.Config.File is { } gone)
                (config, errors) = (null, [new ConfigError(gone, 0, "", "there is no such file any more")]);
            if (config is null)
            {
                foreach (var error in errors) Log.Refused(_logger, error.ToString());
                Log.Stays(_logger, errors.Count);
                return false;
            }

            GatewaySnapshot next;
            try
            {
                next = _factory.Create(config);
            }
            catch (PenstockConfigurationException e)
            {
                foreach (var error in e.Errors) Log.Refused(_logger, error);
                Log.Stays(_logger, e.Errors.Count);
                return false;
            }

            WarnOfFixed(config);
            PutInForce(next);
            Log.Reloaded(_logger, config.Backends.Count);
            return true;
        }
    }

    /// <summary>Makes the snapshot of the same configuration anew, because the addresses behind a name have changed.</summary>
    public void Rebuild()
    {
        lock (_reloading) PutInForce(_factory.Create(_current.Config, _current));
    }

    /// <summary>Puts the callers in force that are known now; all else stays as it is.</summary>
    public void RefreshCallers()
    {
        lock (_reloading) PutInForce(_factory.WithCallers(_current));
    }

    private static TaskCompletionSource NewReplaced() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void PutInForce(GatewaySnapshot next)
    {
        var replaced = _replaced;
        _current = next;
        _replaced = NewReplaced();
        replaced.SetResult();
    }

    // An address that is bound stays bound, and the log keeps its format.
    private void WarnOfFixed(GatewayConfig config)
    {
        var old = _current.Config;
        if (config.Server.Host != old.Server.Host || config.Server.Port != old.Server.Port) Log.NeedsRestart(_logger, "server.host and server.port");
        if (config.Store != old.Store || config.Usage != old.Usage) Log.NeedsRestart(_logger, "store, usage_days and usage_spool");
        if ((config.Server.H2cPort, config.Server.AdminPort, config.Server.AdminHost) != (old.Server.H2cPort, old.Server.AdminPort, old.Server.AdminHost))
            Log.NeedsRestart(_logger, "server.h2c_port, server.admin_port and server.admin_host");
        if (config.Server.Tls != old.Server.Tls) Log.NeedsRestart(_logger, "server.tls");
        if (config.Server.Limits != old.Server.Limits) Log.NeedsRestart(_logger, "server.limits");
        if (config.Server.DrainTimeout != old.Server.DrainTimeout) Log.NeedsRestart(_logger, "server.drain_timeout");
        if (config.Log != old.Log) Log.NeedsRestart(_logger, "log");
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Configuration reloaded: {Backends} backends")]
        public static partial void Reloaded(ILogger logger, int backends);

        [LoggerMessage(2, LogLevel.Error, "{Error}")]
        public static partial void Refused(ILogger logger, string error);

        [LoggerMessage(3, LogLevel.Error, "The new configuration has {Count} errors; the old one stays in force")]
        public static partial void Stays(ILogger logger, int count);

        [LoggerMessage(4, LogLevel.Warning, "A change of {Keys} takes effect after a restart only")]
        public static partial void NeedsRestart(ILogger logger, string keys);
    }
}
