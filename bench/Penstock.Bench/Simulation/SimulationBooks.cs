using Penstock.Bench.Report;

namespace Penstock.Bench.Simulation;

/// <summary>Makes a result of what became of the calls.</summary>
internal static class SimulationBooks
{
    /// <summary>A first token within it is a good one.</summary>
    public const double GoodSeconds = 2;

    public static SimulationResult Close(SimulationRun run, IReadOnlyList<SimulatedCall> calls, TimeSpan deciding)
    {
        SimulatedCall[] counted = [.. calls.Where(call => call.Counts)];
        double[] waits = [.. counted.Select(call => (call.FirstTokenAt - call.ArrivedAt) / 1e6).Order()];
        var seconds = counted.Length < 2 ? 1 : (counted.Max(call => call.ArrivedAt) - counted.Min(call => call.ArrivedAt)) / 1e6;
        var known = counted.Sum(call => (double)call.KnownTokens);
        return new SimulationResult
        {
            Workload = run.Workload.Name,
            Load = run.Load,
            Policy = run.Policy.Name,
            Seed = run.Seed,
            Calls = counted.Length,
            ArrivalRate = counted.Length / seconds,
            CachedPart = known == 0 ? 1 : counted.Sum(call => (double)call.CachedTokens) / known,
            P50 = Percentiles.Of(waits, 0.5),
            P90 = Percentiles.Of(waits, 0.9),
            P99 = Percentiles.Of(waits, 0.99),
            Goodput = waits.Count(wait => wait <= GoodSeconds) / seconds,
            Imbalance = ImbalanceOf(counted, run.Workload.Servers),
            DecisionMicroseconds = deciding.TotalMicroseconds / calls.Count,
        };
    }

    private static double ImbalanceOf(SimulatedCall[] calls, int servers)
    {
        var tokens = new double[servers];
        foreach (var call in calls) tokens[call.Server] += call.Plan.PromptTokens - call.CachedTokens + call.Plan.OutputTokens;
        return tokens.Max() / tokens.Average();
    }
}
