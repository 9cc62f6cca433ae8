using System.Collections.Concurrent;
using Penstock.Bench.Simulation.Policies;
using Penstock.Bench.Simulation.Workloads;

namespace Penstock.Bench.Simulation;

/// <summary>All runs of workloads, loads, seeds and policies, as many at a time as there are processors.</summary>
internal sealed class Experiment(IReadOnlyList<PolicyKind> policies, int seeds)
{
    /// <summary>Instead of each workload's own; null: those.</summary>
    public IReadOnlyList<double>? Loads { get; init; }

    /// <summary>One load of each workload, for a look.</summary>
    public bool OnlyTheMiddle { get; init; }

    public IReadOnlyList<SimulationResult> Run(IReadOnlyList<Workload> workloads, TextWriter progress)
    {
        var cells = workloads.SelectMany(workload => LoadsOf(workload).SelectMany(load =>
            Enumerable.Range(1, seeds).Select(seed => (Workload: workload, Load: load, Seed: seed)))).ToArray();
        var results = new ConcurrentBag<SimulationResult>();
        var done = 0;
        var lines = TextWriter.Synchronized(progress);
        Parallel.ForEach(
            Partitioner.Create(cells, EnumerablePartitionerOptions.NoBuffering),
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            cell =>
            {
                // All policies are asked the same.
                var plan = cell.Workload.Plan(cell.Load, cell.Seed);
                foreach (var policy in policies)
                    results.Add(new Simulator(new SimulationRun(cell.Workload, cell.Load, policy, cell.Seed), plan).Run());
                lines.WriteLine($"{Interlocked.Increment(ref done)} of {cells.Length}: {cell.Workload.Name}, load {cell.Load}, seed {cell.Seed}");
            });
        return [.. results];
    }

    private IEnumerable<double> LoadsOf(Workload workload) =>
        Loads ?? (OnlyTheMiddle ? [workload.Loads[workload.Loads.Count / 2]] : workload.Loads);
}
