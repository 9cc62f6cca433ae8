using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Penstock.Admission.Keys;
using Penstock.Configuration;

namespace Penstock.Server.Commands;

/// <summary>Keys as the command line prints them: JSON, or columns for people.</summary>
internal static class KeysText
{
    private static readonly string[] Titles = ["id", "name", "key", "status", "created", "expires", "models", "limits", "budget", "priority", "labels"];

    public static string Json(Action<Utf8JsonWriter> write)
    {
        var output = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(output, KeyJson.Options)) write(json);
        return Encoding.UTF8.GetString(output.WrittenSpan) + "\n";
    }

    /// <summary>A line a key, below a line of titles.</summary>
    public static string Table(IReadOnlyList<StoredKey> keys, DateTimeOffset now)
    {
        var lines = new List<string[]> { Titles };
        lines.AddRange(keys.Select(key => Cells(key, now)));
        var widths = Enumerable.Range(0, Titles.Length).Select(i => lines.Max(line => line[i].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var line in lines) text.AppendLine(string.Join("  ", line.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
        return text.ToString();
    }

    /// <summary>A key that was made just now, a line a property, with the key itself.</summary>
    public static string Made(StoredKey key, KeySecret secret, DateTimeOffset now)
    {
        var cells = Cells(key, now);
        cells[2] = secret.Text;
        var width = Titles.Max(title => title.Length);
        return string.Concat(Titles.Zip(cells, (title, cell) => $"{title.PadRight(width)}  {cell}{Environment.NewLine}"));
    }

    private static string[] Cells(StoredKey key, DateTimeOffset now) =>
    [
        key.Id,
        Visible(key.Name),
        KeyJson.PrefixOf(key),
        KeyJson.StatusOf(key, now),
        Day(key.Created),
        key.Terms.Expires is { } expires ? Day(expires) : "never",
        key.Terms.Models.Count == 0 ? "all" : Visible(string.Join(",", key.Terms.Models)),
        Visible(key.Terms.Limits ?? "default"),
        key.Terms.Budget is { } budget ? FormattableString.Invariant($"{budget.Usd:0.######}/{ConfigWords.BudgetPeriods.For(budget.Per)}") : "none",
        ConfigWords.Priorities.For(key.Terms.Priority),
        key.Terms.Labels.Count == 0 ? "-" : Visible(string.Join(",", key.Terms.Labels.Select(label => $"{label.Key}={label.Value}"))),
    ];

    private static string Day(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);

    // Nothing that a terminal would obey.
    private static string Visible(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c));
}
