using System.Xml.Linq;
using Penstock.Bench.Simulation;
using Penstock.Bench.Simulation.Reporting;
using Penstock.Bench.Simulation.Workloads;
using Xunit;

namespace Penstock.Tests.Simulation;

public class ReportingTests
{
    private static readonly Workload Workload = new SmallWorkload();

    [Fact]
    public void Knee_OfAWorkload_IsTheLastLoadThatTheBestBaselineBears()
    {
        SimulationResult[] results =
        [
            Result(1, "dynamo", 0.4), Result(1, "round_robin", 0.5),
            Result(2, "dynamo", 3), Result(2, "round_robin", 1.9),
            Result(3, "dynamo", 2.1), Result(3, "round_robin", 9), Result(3, "penstock_least_loaded", 0.1),
        ];

        Assert.Equal((2, "round_robin"), (Knee.Of(Workload, results).Load, Knee.Of(Workload, results).BestBaseline));
    }

    [Fact]
    public void Knee_WherePromptsAreLong_IsWithinTwiceTheLowestLoads()
    {
        SimulationResult[] results = [Result(1, "dynamo", 3), Result(2, "dynamo", 5.9), Result(3, "dynamo", 6.1)];

        Assert.Equal(2, Knee.Of(Workload, results).Load);
    }

    [Fact]
    public void Plot_OfResults_IsWellFormedWithALineForEachPolicy()
    {
        SimulationResult[] results = [Result(1, "dynamo", 0.4), Result(1, "round_robin", 0.5), Result(2, "dynamo", 3), Result(2, "round_robin", 19)];
        var svg = XDocument.Parse(TimePlot.Draw(Workload, Knee.LoadsOf(Workload, results)));

        Assert.Equal(2, svg.Root!.Elements(svg.Root.Name.Namespace + "polyline").Count());
        Assert.Contains("prefers-color-scheme: dark", svg.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Section_IsWrittenAgain_ReplacesTheOldOneOnly()
    {
        var once = SchedulingDocument.Replace("# Scheduling\n\nProse.\n", "one\n") + "After.\n";
        var twice = SchedulingDocument.Replace(once, "two\n");

        Assert.StartsWith("# Scheduling\n\nProse.\n", twice, StringComparison.Ordinal);
        Assert.EndsWith("After.\n", twice, StringComparison.Ordinal);
        Assert.Equal(once.Replace("one", "two", StringComparison.Ordinal), twice);
    }

    private static SimulationResult Result(double load, string policy, double p90) => new()
    {
        Workload = Workload.Name,
        Load = load,
        Policy = policy,
        Seed = 1,
        Calls = 1,
        ArrivalRate = 1,
        CachedPart = 1,
        P50 = p90 / 2,
        P90 = p90,
        P99 = p90 * 2,
        Goodput = 1,
        Imbalance = 1,
        DecisionMicroseconds = 1,
    };
}
