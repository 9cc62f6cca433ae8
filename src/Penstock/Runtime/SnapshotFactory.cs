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

    public GatewaySnapshot Create(GatewayConfig config)
    {
        var backends = new List<Backend>(config.Backends.Count);
        foreach (var backend in config.Backends) backends.Add(new Backend(backend, kinds.Create(backend), StateOf(backend)));
        return new GatewaySnapshot
        {
            Config = config,
            Backends = backends,
            Router = new ModelRouter(backends, config.DefaultBackend, new LeastLoadedPicker()),
            Catalog = new ModelCatalog(backends, time, logger),
            Authenticator = new Authenticator(config.Server.ApiKey),
        };
    }

    private BackendState StateOf(BackendConfig backend) =>
        _states.GetOrAdd(backend.Name, static (name, metrics) => new BackendState(metrics.BackendInFlight(name)), metrics);
}
