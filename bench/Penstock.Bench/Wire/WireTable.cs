using System.Globalization;

namespace Penstock.Bench.Wire;

/// <summary>The results as a Markdown table, a row for each policy.</summary>
internal static class WireTable
{
    public static void Print(TextWriter writer, IReadOnlyList<WireResult> results)
    {
        writer.WriteLine("| policy | TTFT p50 s | p90 s | p99 s | cached / endless | turns | failed |");
        writer.WriteLine("|---|---:|---:|---:|---:|---:|---:|");
        foreach (var result in results)
        {
            writer.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| `{result.Policy}` | {result.FirstTokenAt(0.5):F3} | {result.FirstTokenAt(0.9):F3} | {result.FirstTokenAt(0.99):F3} | {100 * result.CachedPart:F1} % | {result.Turns} | {result.Failures.Count} |"));
        }

        foreach (var failures in results.SelectMany(result => result.Failures.GroupBy(why => $"{result.Policy}: {why}")))
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n{failures.Key}: {failures.Count()}"));
    }
}
