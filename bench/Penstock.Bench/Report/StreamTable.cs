using Penstock.Bench.Load;

namespace Penstock.Bench.Report;

internal static class StreamTable
{
    public static void Print(
        TextWriter writer, string name, OrderedDictionary<string, List<LoadResult>> proxies, string baseline)
    {
        var reference = Median.Of(proxies, baseline, r => r.CpuMicrosPerEvent);
        var direct = Median.Of(proxies, "direct", r => r.FirstP50Milliseconds);
        writer.WriteLine($"""

            ### {name}

            | | events/s | first event p50 ms | p99 ms | added p50 ms | CPU µs/event | ÷ {baseline} | RSS MB | errors |
            |---|---:|---:|---:|---:|---:|---:|---:|---:|
            """);
        foreach (var (proxy, rounds) in proxies)
        {
            var cpu = Median.Of(rounds, r => r.CpuMicrosPerEvent);
            var first = Median.Of(rounds, r => r.FirstP50Milliseconds);
            writer.WriteLine($"| {proxy} "
                + $"| {Median.Text(Median.Of(rounds, r => r.EventsPerSecond), "F0")} "
                + $"| {Median.Text(first, "F2")} "
                + $"| {Median.Text(Median.Of(rounds, r => r.FirstP99Milliseconds), "F2")} "
                + $"| {(proxy == "direct" ? "–" : Median.Text(first - direct, "F2"))} "
                + $"| {Median.Text(cpu, "F1")} | {Median.Ratio(cpu, reference)} "
                + $"| {Median.Text(Median.Of(rounds, r => r.ResidentKilobytes) / 1024, "F0")} "
                + $"| {rounds.Sum(r => r.Errors)} |");
        }
    }
}
