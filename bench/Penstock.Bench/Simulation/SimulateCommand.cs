using System.Globalization;
using Penstock.Bench.Simulation.Policies;
using Penstock.Bench.Simulation.Reporting;
using Penstock.Bench.Simulation.Workloads;

namespace Penstock.Bench.Simulation;

/// <summary><c>simulate</c>: routers against models of servers, on virtual time.</summary>
internal static class SimulateCommand
{
    // What a change of Penstock's own policy is compared with while it is made.
    private static readonly string[] QuickPolicies = ["least_requests", "llm_d", "dynamo"];

    public static int Run(Arguments arguments)
    {
        var isQuick = arguments.Flag("--quick");
        var names = arguments.Text("--workload");
        var policyNames = arguments.Text("--policy");
        var loads = arguments.Text("--loads");
        var seeds = arguments.Number("--seeds", isQuick ? 1 : 5);
        var output = arguments.Text("--out");
        var trace = arguments.Text("--trace");
        arguments.RejectRest();
        if (seeds is < 1 or > 100) throw new UsageException("--seeds needs 1 to 100");

        var workloads = WorkloadList.Load(trace);
        var chosen = names is null
            ? isQuick ? [workloads.First(w => w.Name == "shared_system")] : workloads
            : [.. names.Split(',').Select(name => Find(workloads, name))];
        var policies = policyNames is null
            ? [.. PolicyKinds.All.Where(kind => !isQuick || !kind.IsBaseline || QuickPolicies.Contains(kind.Name))]
            : policyNames.Split(',').Select(PolicyKinds.Find).ToArray();

        var experiment = new Experiment(policies, seeds) { Loads = loads is null ? null : ParseLoads(loads), OnlyTheMiddle = isQuick };
        var results = experiment.Run(chosen, Console.Error);
        foreach (var workload in chosen) SimulationTable.Print(Console.Out, workload, results);
        if (output is not null) SchedulingDocument.Write(output, chosen, results);
        return 0;
    }

    private static Workload Find(IReadOnlyList<Workload> workloads, string name) =>
        workloads.FirstOrDefault(workload => workload.Name == name)
        ?? throw new UsageException($"--workload needs one of {string.Join(", ", workloads.Select(workload => workload.Name))}, not '{name}'");

    private static double[] ParseLoads(string text) =>
    [
        .. text.Split(',').Select(part =>
            double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var load) && load > 0
                ? load
                : throw new UsageException($"--loads needs numbers, not '{part}'")),
    ];
}
