using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Penstock.Admission;
using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Health;
using Penstock.Routing;
using Penstock.Telemetry;

namespace Penstock.Runtime;

/// <summary>Makes snapshots of configurations, and carries over what outlives them: each backend's state, by its name.</summary>
internal sealed class SnapshotFactory(BackendKinds kinds, GatewayMetrics metrics, TimeProvider time, ILogger<ModelCatalog> logger)
{
    // Another address under the same name is another server: what one has shown says nothing about the other. Its
    // requests in flight are counted under the name all the same, where the metrics keep them.
    private readonly ConcurrentDictionary<(string Name, Uri? Url), BackendState> _states = new();

    /// <exception cref="PenstockConfigurationException">A backend cannot be made as it was written.</exception>
    public GatewaySnapshot Create(GatewayConfig config)
    {
        var backends = new List<Backend>(config.Backends.Count);
        foreach (var backend in config.Backends) backends.Add(new Backend(backend, Implement(backend, config.File), StateOf(backend)));
        return new GatewaySnapshot
        {
            Config = config,
            Backends = backends,
            Router = new ModelRouter(backends, config),
            Catalog = new ModelCatalog(backends, config.Models, time, logger),
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
        _states.GetOrAdd((backend.Name, backend.Url), static (key, metrics) => new BackendState(metrics.BackendInFlight(key.Name), new BackendHealth()), metrics);
}
