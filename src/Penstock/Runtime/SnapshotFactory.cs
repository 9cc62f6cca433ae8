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
internal sealed class SnapshotFactory(
    BackendKinds kinds, GatewayMetrics metrics, TimeProvider time, ILogger<ModelCatalog> logger, ILogger<BackendHealth> healthLogger)
{
    // Another address under the same name is another server: what one has shown says nothing about the other. Its
    // requests in flight are counted under the name all the same, where the metrics keep them.
    private readonly ConcurrentDictionary<(string Name, Uri? Url), BackendState> _states = new();

    /// <exception cref="PenstockConfigurationException">A backend cannot be made as it was written.</exception>
    public GatewaySnapshot Create(GatewayConfig config)
    {
        // All of them are made before any state is touched: one that cannot be made leaves everything as it was.
        var implementations = config.Backends.Select(backend => Implement(backend, config.File)).ToArray();
        var backends = new List<Backend>(config.Backends.Count);
        foreach (var (backend, implementation) in config.Backends.Zip(implementations)) backends.Add(new Backend(backend, implementation, StateOf(backend)));
        return new GatewaySnapshot
        {
            Config = config,
            Backends = backends,
            Router = new ModelRouter(backends, config.DefaultBackend, new LeastLoadedPicker(), config.Settings),
            Catalog = new ModelCatalog(backends, time, logger),
            Authenticator = new Authenticator(config.Server.ApiKey),
            AdminKey = config.Server.AdminKey is { } adminKey ? new BearerKey(adminKey) : null,
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

    private BackendState StateOf(BackendConfig backend)
    {
        var state = _states.GetOrAdd((backend.Name, backend.Url), key => new BackendState(
            metrics.BackendInFlight(key.Name), new BackendHealth(key.Name, time, healthLogger)));
        state.Health.Configure(backend.Health, backend.Breaker);
        return state;
    }
}
