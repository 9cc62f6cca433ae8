using Penstock.Engines;
using Penstock.Routing;

namespace Penstock.Bench.Simulation.Policies;

/// <summary>
/// Stays with the server that has seen the longest part of the prompt until that one is saturated, then goes to the least loaded
/// of those that are not. Saturated is as the Gateway API's inference extension has it: more than 5 calls that wait
/// in the server, or more than 0.8 of its cache in use
/// (<see href="https://gateway-api-inference-extension.sigs.k8s.io/guides/epp-configuration/config-text/"/>).
/// </summary>
internal sealed class StickyUntilSaturated(int servers, int seed, int capacity) : PrefixPolicy(servers, seed, capacity)
{
    private const int MostWaiting = 5;
    private const double MostCacheUsage = 0.8;

    protected override int Choose(PromptShape shape)
    {
        var anyFree = false;
        foreach (var reading in Readings) anyFree |= !IsSaturated(reading);
        var longest = 0;
        for (var server = 0; server < Servers; server++)
        {
            if (!IsSaturated(Readings[server])) longest = Math.Max(longest, Matches[server]);
        }

        return Least(server =>
            anyFree && IsSaturated(Readings[server]) ? double.PositiveInfinity
            : anyFree && longest > 0 && Matches[server] < longest ? double.MaxValue
            : InFlight[server]);
    }

    private static bool IsSaturated(EngineReadings reading) =>
        reading.Slots is null ? reading.Waiting > MostWaiting || reading.CacheUsage > MostCacheUsage : reading.Waiting > 0;
}
