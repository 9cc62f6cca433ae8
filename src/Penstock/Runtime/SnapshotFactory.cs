using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging;
using Penstock.Accounting;
using Penstock.Admission;
using Penstock.Admission.Jwt;
using Penstock.Admission.Keys;
using Penstock.Admission.Limits;
using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Health;
using Penstock.Routing;
using Penstock.Telemetry;

namespace Penstock.Runtime;

/// <summary>Makes snapshots of configurations, and carries over what outlives them: each backend's state, by its name.</summary>
internal sealed class SnapshotFactory(
    BackendKinds kinds, KnownAddresses addresses, KnownKeys keys, Meters meters, JwksCaches jwks, Pickers pickers, GatewayMetrics metrics, TimeProvider time, ILogger<ModelCatalog> logger, ILogger<BackendHealth> healthLogger)
{
    // Pods come back under their old address, if at all, within minutes; states of those that do not must not pile up.
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(10);

    // What was learned of a model's tokens is as true after a reload.
    private readonly ConcurrentDictionary<string, TokenEstimator> _estimators = new(StringComparer.Ordinal);

    // Another address under the same name is another server: what one has shown says nothing about the other. Its
    // requests in flight are counted under the name all the same, where the metrics keep them.
    private readonly ConcurrentDictionary<(string Name, Uri? Url, IPAddress? Address), BackendState> _states = new();
    private readonly Dictionary<(string Name, Uri? Url, IPAddress? Address), long> _unusedSince = [];

    /// <summary>Makes a snapshot; one at a time.</summary>
    /// <param name="config">What was written.</param>
    /// <param name="previous">A snapshot of the same configuration, whose backends stay where their addresses have; null: none.</param>
    /// <exception cref="PenstockConfigurationException">A backend cannot be made as it was written.</exception>
    public GatewaySnapshot Create(GatewayConfig config, GatewaySnapshot? previous = null)
    {
        // All of them are made before any state is touched: one that cannot be made leaves everything as it was.
        var endpoints = new List<(BackendConfig Config, IPAddress? Address, IBackend Implementation)>();
        foreach (var backend in config.Backends)
        {
            foreach (var address in addresses.EndpointsOf(backend))
                endpoints.Add((backend, address, KnownIn(previous, backend, address)?.Implementation ?? Implement(backend, address, config.File)));
        }

        var backends = endpoints.ConvertAll(e => KnownIn(previous, e.Config, e.Address)
            ?? new Backend(e.Config, e.Implementation, StateOf(e.Config, e.Address), e.Address));
        ForgetUnused(backends);
        pickers.Begin();
        var snapshot = new GatewaySnapshot
        {
            Config = config,
            Backends = backends,
            Router = new ModelRouter(backends, config, pickers),
            Catalog = new ModelCatalog(backends, config.Models, time, logger),
            Authenticator = AuthenticatorFor(config, previous),
            Limits = new LimitTerms(config, meters, _estimators),
            Prices = new PriceTable(config.Prices, config.Backends),
            AdminKey = config.Server.AdminKey is { } adminKey ? new BearerKey(adminKey) : null,
        };
        // What was made comes into force; where something could not be made, what was known is as it was.
        pickers.Keep();
        return snapshot;
    }

    /// <summary>The same snapshot with the callers that are known now.</summary>
    public GatewaySnapshot WithCallers(GatewaySnapshot previous) => previous with { Authenticator = AuthenticatorFor(previous.Config, previous) };

    // Which tokens are good does not depend on keys or addresses: those that were validated are not validated again.
    private Authenticator AuthenticatorFor(GatewayConfig config, GatewaySnapshot? previous)
    {
        var callers = new CallerFactory(meters, config);
        var tokens = previous is not null ? previous.Authenticator.Tokens
            : config.Auth is { Jwt: { Count: > 0 } issuers } ? new TokenCallers(new JwtValidator(issuers, jwks, time), callers) : null;
        return new Authenticator(config, callers, tokens, time, keys.Current);
    }

    private IBackend Implement(BackendConfig backend, IPAddress? address, string? file)
    {
        try
        {
            return kinds.Create(backend, address);
        }
        catch (Exception e)
        {
            // An application's kind says so when it cannot do what was written: in a reload the old configuration stays.
            throw new PenstockConfigurationException([new ConfigError(file ?? "configuration", 0, $"backends '{backend.Name}'", e.Message)], e);
        }
    }

    private static Backend? KnownIn(GatewaySnapshot? previous, BackendConfig config, IPAddress? address) =>
        previous?.Backends.FirstOrDefault(b => ReferenceEquals(b.Config, config) && Equals(b.Address, address));

    private BackendState StateOf(BackendConfig backend, IPAddress? address)
    {
        var state = _states.GetOrAdd((backend.Name, backend.Url, address), NewState);
        state.Health.Configure(backend.Health, backend.Breaker);
        return state;
    }

    // Somebody took the backend out, not only the addresses that its name had at that time.
    private BackendState NewState((string Name, Uri? Url, IPAddress? Address) key)
    {
        var health = new BackendHealth(key.Name, time, healthLogger);
        if (_states.Any(s => s.Key.Name == key.Name && s.Key.Url == key.Url && s.Value.Health.Obstacle == Obstacle.Drained)) health.Drain();
        return new BackendState(metrics.BackendInFlight(key.Name), health);
    }

    private void ForgetUnused(List<Backend> backends)
    {
        var used = backends.Select(b => (b.Name, b.Config.Url, b.Address)).ToHashSet();
        foreach (var (key, state) in _states)
        {
            state.IsRetired = !used.Contains(key);
            if (!state.IsRetired) _unusedSince.Remove(key);
            else if (_unusedSince.TryAdd(key, time.GetTimestamp()) || state.InFlight > 0) continue;
            else if (time.GetElapsedTime(_unusedSince[key]) > Remembered && _states.TryRemove(key, out _)) _unusedSince.Remove(key);
        }
    }
}
