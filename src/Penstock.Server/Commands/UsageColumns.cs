using System.Globalization;
using System.Text;
using Penstock.Accounting.Ledger;

namespace Penstock.Server.Commands;

/// <summary>An answer of the ledger for people: columns, names to the left and figures to the right, and a last line of totals.</summary>
internal static class UsageColumns
{
    private static readonly string[] Figures = ["requests", "errors", "prompt", "cached", "completion", "reasoning", "cost USD"];

    public static string Write(UsageQuery query, IReadOnlyList<UsageRow> rows)
    {
        var names = query.GroupBy.Count;
        var lines = new List<string[]> { (string[])[.. query.GroupBy.Select(UsageQuery.NameOf), .. Figures] };
        lines.AddRange(rows.Select(row => Line(row.Keys.Select(Visible), row.Sums)));
        if (names > 0 && rows.Count != 1) lines.Add(Line(Enumerable.Repeat("", names - 1).Prepend("total"), UsageSummary.Total(rows)));
        AlignPoints(lines[1..]);

        var widths = Enumerable.Range(0, names + Figures.Length).Select(i => lines.Max(line => line[i].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var line in lines)
        {
            var cells = line.Select((cell, i) => i < names ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]));
            text.AppendLine(string.Join("  ", cells).TrimEnd());
        }

        return text.ToString();
    }

    private static string[] Line(IEnumerable<string> names, UsageSums sums) =>
        [.. names, .. UsageJson.FiguresOf(sums).Select(f => f.ToString("N0", CultureInfo.InvariantCulture)), Dollars(sums.CostPico)];

    // Costs are exact and so of different lengths; their points stand below each other.
    private static void AlignPoints(List<string[]> lines)
    {
        var digits = lines.Select(line => Digits(line[^1])).DefaultIfEmpty().Max();
        foreach (var line in lines) line[^1] += new string(' ', digits - Digits(line[^1]));
    }

    private static int Digits(string amount) => amount.Length - amount.IndexOf('.', StringComparison.Ordinal);

    private static string Dollars(long pico) => UsageRow.CostOf(pico).ToString("#,##0.00##########", CultureInfo.InvariantCulture);

    // Nothing that a terminal would obey, and nothing that looks like no value at all.
    private static string Visible(string name) =>
        name.Length == 0 ? "-" : string.Concat(name.Select(c => char.IsControl(c) ? '\uFFFD' : c));
}
