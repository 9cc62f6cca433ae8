using Penstock.Bench.Load;

namespace Penstock.Bench.Report;

internal static class LoadTable
{
    public static void Print(
        TextWriter writer, string name, OrderedDictionary<string, List<LoadResult>> proxies, string baseline)
    {
        var reference = Median.Of(proxies, baseline, r => r.CpuMicrosPerRequest);
        writer.WriteLine($"""

            ### {name}

            | | requests/s | p50 ms | p99 ms | CPU µs/request | ÷ {baseline} | RSS MB | errors |
            |---|---:|---:|---:|---:|---:|---:|---:|
            """);
        foreach (var (proxy, rounds) in proxies)
        {
            var cpu = Median.Of(rounds, r => r.CpuMicrosPerRequest);
            writer.WriteLine($"| {proxy} "
                + $"| {Median.Text(Median.Of(rounds, r => r.RequestsPerSecond), "F0")} "
                + $"| {Median.Text(Median.Of(rounds, r => r.P50Milliseconds), "F2")} "
                + $"| {Median.Text(Median.Of(rounds, r => r.P99Milliseconds), "F2")} "
                + $"| {Median.Text(cpu, "F1")} | {Median.Ratio(cpu, reference)} "
                + $"| {Median.Text(Median.Of(rounds, r => r.ResidentKilobytes) / 1024, "F0")} "
                + $"| {rounds.Sum(r => r.Errors)} |");
        }
    }
}
