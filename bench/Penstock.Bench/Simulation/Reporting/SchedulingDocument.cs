using System.Globalization;
using Penstock.Bench.Simulation.Policies;
using Penstock.Bench.Simulation.Workloads;

namespace Penstock.Bench.Simulation.Reporting;

/// <summary>
/// Writes what was found into a Markdown file, between two marks, and a plot of each workload into a folder of the same name beside
/// it. What stands outside of the marks is left as it is.
/// </summary>
internal static class SchedulingDocument
{
    private const string Begin = "<!-- simulation: begin; written by Penstock.Bench simulate --out -->";
    private const string End = "<!-- simulation: end -->";

    public static void Write(string path, IReadOnlyList<Workload> workloads, IReadOnlyList<SimulationResult> results)
    {
        var plots = Path.ChangeExtension(path, null);
        Directory.CreateDirectory(plots);
        using var section = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        PrintSummary(section, workloads, results);
        foreach (var workload in workloads)
        {
            var loads = Knee.LoadsOf(workload, results);
            File.WriteAllText(Path.Combine(plots, workload.Name + ".svg"), TimePlot.Draw(workload, loads));
            PrintWorkload(section, workload, loads, $"{Path.GetFileName(plots)}/{workload.Name}.svg");
        }

        var text = File.Exists(path) ? File.ReadAllText(path) : $"# Scheduling\n\n{Begin}\n{End}\n";
        File.WriteAllText(path, Replace(text, section.ToString()));
    }

    /// <summary>Puts a text between the marks; at the end where there are none.</summary>
    internal static string Replace(string text, string section)
    {
        var (begin, end) = (text.IndexOf(Begin, StringComparison.Ordinal), text.IndexOf(End, StringComparison.Ordinal));
        return begin < 0 || end < begin
            ? $"{text.TrimEnd('\n')}\n\n{Begin}\n{section}{End}\n"
            : $"{text[..begin]}{Begin}\n{section}{text[end..]}";
    }

    private static void PrintSummary(TextWriter writer, IReadOnlyList<Workload> workloads, IReadOnlyList<SimulationResult> results)
    {
        var own = PolicyKinds.Own.Name;
        writer.WriteLine("\n### At the knee");
        writer.WriteLine();
        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            The knee of a workload is the highest of its loads at which the best baseline keeps the p90 of the time to the first token
            within {SimulationBooks.GoodSeconds} s or, where prompts are so long that an idle server needs more, within twice what the best one has at the
            lowest load. The best baseline of a load is the one with the least p90 there. All figures are medians over {results.Select(result => result.Seed).Distinct().Count()} seeds.
            """));
        writer.WriteLine();
        writer.WriteLine($"| workload | load | best baseline | its p90 s | {own} p90 s | difference | worst difference of all loads |");
        writer.WriteLine("|---|---|---|---:|---:|---:|---:|");
        foreach (var workload in workloads)
        {
            var knee = Knee.Of(workload, results);
            if (knee.BestBaseline is not { } best || !knee.Policies.Contains(own)) continue;
            var worst = Knee.LoadsOf(workload, results).Max(load => Difference(load, own, load.BestBaseline!));
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| [{workload.Name}](#{workload.Name}) | {knee.Load:0.##} {workload.LoadUnit} | {best} | {P90(knee, best):F2} | {P90(knee, own):F2} | {Difference(knee, own, best):+0.0 %;-0.0 %} | {worst:+0.0 %;-0.0 %} |"));
        }
    }

    private static void PrintWorkload(TextWriter writer, Workload workload, IReadOnlyList<LoadResults> loads, string plot)
    {
        var knee = Knee.Of(loads);
        writer.WriteLine();
        writer.WriteLine($"### {workload.Name}");
        writer.WriteLine();
        writer.WriteLine(workload.Description);
        writer.WriteLine();
        writer.WriteLine($"![Time to first token, p90, over load: {workload.Name}]({plot})");
        writer.WriteLine();
        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"At its knee, {knee.Load:0.##} {workload.LoadUnit}:"));
        writer.WriteLine();
        SimulationTable.PrintLoad(writer, knee);
        writer.WriteLine();
        writer.WriteLine("p90 of the time to the first token, seconds, over the load:");
        writer.WriteLine();
        writer.WriteLine("| policy | " + string.Join(" | ", loads.Select(load => load.Load.ToString("0.##", CultureInfo.InvariantCulture))) + " |");
        writer.WriteLine("|---|" + string.Concat(Enumerable.Repeat("---:|", loads.Count)));
        foreach (var policy in loads.SelectMany(load => load.Policies).Distinct())
            writer.WriteLine($"| {policy} | " + string.Join(" | ", loads.Select(load => P90(load, policy).ToString("F2", CultureInfo.InvariantCulture))) + " |");
    }

    private static double Difference(LoadResults load, string policy, string other) => (P90(load, policy) / P90(load, other)) - 1;

    private static double P90(LoadResults load, string policy) => load.Median(policy, result => result.P90);
}
