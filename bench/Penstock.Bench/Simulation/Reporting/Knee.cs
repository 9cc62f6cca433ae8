using Penstock.Bench.Simulation.Workloads;

namespace Penstock.Bench.Simulation.Reporting;

/// <summary>
/// The knee of a workload: the highest of its loads at which the best baseline keeps the p90 of the time to the first token within
/// 2 s, or, where prompts are so long that an idle server needs more, within twice what the best one has at the lowest load
/// (medians over the seeds). The best baseline of a load is the one with the least p90 there.
/// </summary>
internal static class Knee
{
    public static LoadResults Of(Workload workload, IReadOnlyList<SimulationResult> results) => Of(LoadsOf(workload, results));

    /// <param name="loads">By ascending load, one at least.</param>
    public static LoadResults Of(IReadOnlyList<LoadResults> loads)
    {
        var most = Math.Max(SimulationBooks.GoodSeconds, 2 * BestP90(loads[0]));
        return loads.LastOrDefault(load => BestP90(load) <= most) ?? loads[0];
    }

    /// <summary>What was found for a workload, by ascending load.</summary>
    public static IReadOnlyList<LoadResults> LoadsOf(Workload workload, IReadOnlyList<SimulationResult> results) =>
    [
        .. results.Where(result => result.Workload == workload.Name).Select(result => result.Load).Distinct().Order()
            .Select(load => new LoadResults(workload, load, results)),
    ];

    private static double BestP90(LoadResults load) =>
        load.BestBaseline is { } best ? load.Median(best, result => result.P90) : double.PositiveInfinity;
}
