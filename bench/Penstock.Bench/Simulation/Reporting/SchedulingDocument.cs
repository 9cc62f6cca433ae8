using Penstock.Bench.Simulation.Workloads;

namespace Penstock.Bench.Simulation.Reporting;

internal static class SchedulingDocument
{
    public static void Write(string path, IReadOnlyList<Workload> workloads, IReadOnlyList<SimulationResult> results)
    {
    }
}
