using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Penstock.Admission;
using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Routing;
using Penstock.Telemetry;

namespace Penstock.Runtime;

/// <summary>Makes snapshots of configurations, and carries over what outlives them: each backend's state, by its name.</summary>
internal sealed class SnapshotFactory(BackendKinds kinds, GatewayMetrics metrics, TimeProvider time, ILogger<ModelCatalog> logger)
{
    private readonly ConcurrentDictionary<string, BackendState> _states = new(StringComparer.Ordinal);

    /// <exception cref="PenstockConfigurationException">A backend cannot be made as it was written.</exception>
    public GatewaySnapshot Create(GatewayConfig config)
    {
        var backends = new List<Backend>(config.Backends.Count);
        foreach (var backend in config.Backends) backends.Add(new Backend(backend, Implement(backend, config.File), StateOf(backend)));
        return new GatewaySnapshot
        {
            Config = config,
            Backends = backends,
            Router = new ModelRouter(backends, config.DefaultBackend, new LeastLoadedPicker()),
            Catalog = new ModelCatalog(backends, time, logger),
            Authenticator = new Authenticator(config.Server.ApiKey),
        };
    }

    private IBackend Implement(BackendConfig backend, string? file)
    {
        try
        {
            return kinds.Create(backend);
        }
        catch (Exception e)
        {
            // An application's kind says so when it cannot do what was written: in a reload the old configuration stays.
            throw new PenstockConfigurationException([new ConfigError(file ?? "configuration", 0, $"backends '{backend.Name}'", e.Message)], e);
        }
    }

    private BackendState StateOf(BackendConfig backend) =>
        _states.GetOrAdd(backend.Name, static (name, metrics) => new BackendState(metrics.BackendInFlight(name)), metrics);
}
