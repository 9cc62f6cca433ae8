using Penstock.Telemetry;

namespace Penstock.Runtime;

/// <summary>How the backends of a snapshot are, for the metrics: those that are not in it any more are not shown.</summary>
internal static class BackendReadings
{
    // Of several servers under one name the best speaks for it: requests go there.
    public static IEnumerable<BackendReading> Of(GatewaySnapshot gateway) =>
        gateway.Backends.GroupBy(backend => backend.Name, StringComparer.Ordinal).Select(servers => new BackendReading(
            servers.Key,
            servers.Any(backend => backend.State.Health.IsAble),
            servers.Min(backend => (int)backend.State.Health.Read().Breaker)));
}
