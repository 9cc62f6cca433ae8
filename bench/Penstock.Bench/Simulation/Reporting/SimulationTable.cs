using System.Globalization;
using Penstock.Bench.Simulation.Workloads;

namespace Penstock.Bench.Simulation.Reporting;

/// <summary>A table of a workload: a row for each load and policy, medians over the seeds.</summary>
internal static class SimulationTable
{
    public static void Print(TextWriter writer, Workload workload, IReadOnlyList<SimulationResult> results)
    {
        foreach (var load in Knee.LoadsOf(workload, results))
        {
            writer.WriteLine();
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"**{workload.Name}** at {load.Load} {workload.LoadUnit}"));
            writer.WriteLine();
            PrintLoad(writer, load);
        }
    }

    public static void PrintLoad(TextWriter writer, LoadResults results)
    {
        writer.WriteLine("| policy | cached / infinite | TTFT p50 s | p90 s | p90, least to most | p99 s | good calls/s | of | imbalance, worst | µs a decision |");
        writer.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach (var policy in results.Policies)
        {
            var p90 = results.Of(policy, r => r.P90);
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {policy} | {results.Median(policy, r => r.CachedPart):P1} | {results.Median(policy, r => r.P50):F2} | {results.Median(policy, r => r.P90):F2} | {p90.Min():F2} to {p90.Max():F2} | {results.Median(policy, r => r.P99):F2} | {results.Median(policy, r => r.Goodput):F2} | {results.Median(policy, r => r.ArrivalRate):F2} | {results.Of(policy, r => r.Imbalance).Max():F2} | {results.Median(policy, r => r.DecisionMicroseconds):F1} |"));
        }
    }
}
