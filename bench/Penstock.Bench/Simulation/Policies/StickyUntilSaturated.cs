using Penstock.Engines;

namespace Penstock.Bench.Simulation.Policies;

/// <summary>
/// A conversation stays with its server until that one is saturated, and then moves to the least loaded of those that are not, as
/// new ones go there. Saturated is as the Gateway API's inference extension has it: more than 5 calls that wait in the
/// server, or more than 0.8 of its cache in use
/// (<see href="https://gateway-api-inference-extension.sigs.k8s.io/guides/epp-configuration/config-text/"/>); with
/// slots, any call that waits. It reads its servers' metrics every 50 ms, as that does.
/// </summary>
internal sealed class StickyUntilSaturated(int servers, int seed) : ImmediatePolicy(servers, seed)
{
    private const int MostWaiting = 5;
    private const double MostCacheUsage = 0.8;

    private readonly Dictionary<ulong, int> _homes = [];

    public override long ReadingMicroseconds => 50_000;

    protected override int Choose(SimulatedCall call)
    {
        if (_homes.TryGetValue(call.Plan.Conversation, out var home) && !IsSaturated(Readings[home])) return home;
        // Where all are, it is the least loaded of all.
        return Least(server => InFlight[server] + (IsSaturated(Readings[server]) ? 1e9 : 0));
    }

    protected override void Sent(SimulatedCall call, int server) => _homes[call.Plan.Conversation] = server;

    private static bool IsSaturated(EngineReadings reading) =>
        reading.Slots is null ? reading.Waiting > MostWaiting || reading.CacheUsage > MostCacheUsage : reading.Waiting > 0;
}
