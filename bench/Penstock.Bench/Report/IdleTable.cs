using Penstock.Bench.Idle;

namespace Penstock.Bench.Report;

internal static class IdleTable
{
    public static void Print(TextWriter writer, string name, OrderedDictionary<string, List<IdleResult>> proxies)
    {
        writer.WriteLine($"""

            ### {name}

            | | streams | RSS before MB | RSS after MB | KB/stream | errors |
            |---|---:|---:|---:|---:|---:|
            """);
        foreach (var (proxy, rounds) in proxies)
        {
            writer.WriteLine($"| {proxy} "
                + $"| {Median.Text(Median.Of(rounds, r => r.Streams), "F0")} "
                + $"| {Median.Text(Median.Of(rounds, r => r.ResidentKilobytesBefore) / 1024, "F0")} "
                + $"| {Median.Text(Median.Of(rounds, r => r.ResidentKilobytesAfter) / 1024, "F0")} "
                + $"| {Median.Text(Median.Of(rounds, r => r.KilobytesPerStream), "F1")} "
                + $"| {rounds.Sum(r => r.Errors)} |");
        }
    }
}
