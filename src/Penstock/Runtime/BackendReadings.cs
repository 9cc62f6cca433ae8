using Penstock.Backends;
using Penstock.Telemetry;

namespace Penstock.Runtime;

/// <summary>How the backends of a snapshot are, for the metrics: those that are not in it any more are not shown.</summary>
internal static class BackendReadings
{
    public static IEnumerable<BackendReading> Of(GatewaySnapshot gateway, TimeProvider time) =>
        gateway.Backends.GroupBy(backend => backend.Name, StringComparer.Ordinal).Select(servers => Of([.. servers], time));

    // Of several servers under one name the best speaks for it: requests go there. What they have and what they do adds up,
    // as far as they tell.
    private static BackendReading Of(Backend[] servers, TimeProvider time)
    {
        var engines = Array.FindAll(Array.ConvertAll(servers, server => server.State.Engine), engine => engine?.IsFresh(time) == true);
        return new BackendReading(
            servers[0].Name,
            servers.Any(backend => backend.State.Health.IsAble),
            servers.Min(backend => (int)backend.State.Health.Read().Breaker),
            servers.All(backend => backend.Seats is not null) ? servers.Sum(backend => (long)backend.Seats!.Value) : null,
            Sum(engines, engine => engine.Running),
            Sum(engines, engine => engine.Waiting),
            engines.Max(engine => engine!.CacheUsage));
    }

    // Null where none of them tells.
    private static long? Sum(EngineReading?[] engines, Func<EngineReading, int?> count)
    {
        var told = engines.Select(engine => count(engine!)).OfType<int>().ToArray();
        return told.Length == 0 ? null : told.Sum(value => (long)value);
    }
}
