using System.Globalization;
using System.Text;

namespace Penstock.Accounting.Ledger;

/// <summary>An answer of the ledger as CSV (RFC 4180), with a first line of names.</summary>
internal static class UsageCsv
{
    public static string Write(UsageQuery query, IReadOnlyList<UsageRow> rows)
    {
        var text = new StringBuilder();
        text.AppendJoin(',', [.. query.GroupBy.Select(UsageQuery.NameOf), .. UsageJson.Figures, "cost_usd"]).Append("\r\n");
        foreach (var row in rows)
        {
            foreach (var key in row.Keys) text.Append(Field(key)).Append(',');
            foreach (var figure in UsageJson.FiguresOf(row.Sums)) text.Append(CultureInfo.InvariantCulture, $"{figure},");
            text.Append(CultureInfo.InvariantCulture, $"{row.Cost}\r\n");
        }

        return text.ToString();
    }

    // What begins like a formula is one to spreadsheets, which run it: an apostrophe in front makes it text (OWASP).
    private static string Field(string value)
    {
        if (value.Length > 0 && value[0] is '=' or '+' or '-' or '@' or '\t' or '\r') value = "'" + value;
        return value.AsSpan().ContainsAny(",\"\r\n") || value.StartsWith('\'') || value.StartsWith(' ') || value.EndsWith(' ')
            ? $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : value;
    }
}
