using Penstock.Bench.Report;
using Penstock.Bench.Simulation.Policies;
using Penstock.Bench.Simulation.Workloads;

namespace Penstock.Bench.Simulation.Reporting;

/// <summary>What was found for a workload at one load: policies, over their seeds.</summary>
internal sealed class LoadResults(Workload workload, double load, IEnumerable<SimulationResult> all)
{
    private readonly ILookup<string, SimulationResult> _results =
        all.Where(result => result.Workload == workload.Name && result.Load == load).OrderBy(result => result.Seed).ToLookup(result => result.Policy);

    public double Load => load;

    /// <summary>Those that ran, in the order of their list.</summary>
    public IEnumerable<string> Policies => PolicyKinds.All.Select(kind => kind.Name).Where(_results.Contains);

    public double[] Of(string policy, Func<SimulationResult, double> value) => [.. _results[policy].Select(value)];

    public double Median(string policy, Func<SimulationResult, double> value) => Percentiles.MedianOf(Of(policy, value));

    /// <summary>The baseline with the least p90; null: none ran.</summary>
    public string? BestBaseline => PolicyKinds.All
        .Where(kind => kind.IsBaseline && _results.Contains(kind.Name))
        .Select(kind => kind.Name)
        .MinBy(name => Median(name, result => result.P90));
}
