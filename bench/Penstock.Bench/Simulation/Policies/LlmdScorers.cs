using Penstock.Engines;

namespace Penstock.Bench.Simulation.Policies;

/// <summary>
/// llm-d's scheduler with its weighted scorers: the part of the prompt that was sent there before (3), how short the line in the
/// server is between the longest and the shortest (2), and how much of its cache is free (2); the highest sum
/// (<see href="https://llm-d.ai/docs/architecture/core/router/epp/scheduling"/>). It reads its servers' metrics
/// every 50 ms.
/// </summary>
internal sealed class LlmdScorers(int servers, int seed, int capacity) : PrefixPolicy(servers, seed, capacity)
{
    private const double PrefixWeight = 3;
    private const double QueueWeight = 2;
    private const double CacheWeight = 2;

    public override long ReadingMicroseconds => 50_000;

    protected override int Choose(int blocks)
    {
        var (shortest, longest) = (int.MaxValue, 0);
        foreach (var reading in Readings)
        {
            shortest = Math.Min(shortest, reading.Waiting);
            longest = Math.Max(longest, reading.Waiting);
        }

        return Least(server => -(
            (PrefixWeight * (blocks == 0 ? 0 : (double)Matches[server] / blocks))
            + (QueueWeight * QueueScore(Readings[server], shortest, longest))
            + (CacheWeight * (1 - Readings[server].CacheUsage))));
    }

    private static double QueueScore(EngineReadings reading, int shortest, int longest) =>
        longest == shortest ? 1 : (double)(longest - reading.Waiting) / (longest - shortest);
}
