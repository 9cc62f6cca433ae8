using Penstock.Bench.Simulation.Workloads;

namespace Penstock.Bench.Simulation.Reporting;

/// <summary>
/// The knee of a workload: the highest of its loads at which the best baseline still has its first token within 2 s in nine
/// of ten calls (p90, the median over the seeds); the lowest load where none has.
/// </summary>
internal static class Knee
{
    public static LoadResults Of(Workload workload, IReadOnlyList<SimulationResult> results)
    {
        LoadResults[] loads =
        [
            .. results.Where(result => result.Workload == workload.Name).Select(result => result.Load).Distinct().Order()
                .Select(load => new LoadResults(workload, load, results)),
        ];
        return loads.LastOrDefault(load => load.BestBaseline is { } best && load.Median(best, result => result.P90) <= SimulationBooks.GoodSeconds) ?? loads[0];
    }
}
