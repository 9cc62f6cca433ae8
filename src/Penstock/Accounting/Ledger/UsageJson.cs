using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Penstock.Configuration;

namespace Penstock.Accounting.Ledger;

/// <summary>An answer of the ledger as JSON: a list of rows and their total. Costs are decimal numbers, exact.</summary>
internal static class UsageJson
{
    /// <summary>The names of the figures, in the order of <see cref="FiguresOf"/>.</summary>
    public static readonly string[] Figures =
        ["requests", "errors", "prompt_tokens", "cached_tokens", "completion_tokens", "reasoning_tokens"];

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static long[] FiguresOf(UsageSums sums) =>
        [sums.Requests, sums.Errors, sums.PromptTokens, sums.CachedTokens, sums.CompletionTokens, sums.ReasoningTokens];

    public static void Write(IBufferWriter<byte> output, UsageQuery query, IReadOnlyList<UsageRow> rows)
    {
        using var json = new Utf8JsonWriter(output, Options);
        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteString("from"u8, Instant.Show(query.From));
        json.WriteString("to"u8, Instant.Show(query.To));
        json.WriteStartArray("group_by"u8);
        foreach (var group in query.GroupBy) json.WriteStringValue(UsageQuery.NameOf(group));
        json.WriteEndArray();
        json.WriteStartArray("data"u8);
        foreach (var row in rows)
        {
            json.WriteStartObject();
            for (var i = 0; i < row.Keys.Count; i++) json.WriteString(UsageQuery.NameOf(query.GroupBy[i]), row.Keys[i]);
            WriteSums(json, row.Sums);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("total"u8);
        WriteSums(json, UsageSummary.Total(rows));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteSums(Utf8JsonWriter json, UsageSums sums)
    {
        var figures = FiguresOf(sums);
        for (var i = 0; i < figures.Length; i++) json.WriteNumber(Figures[i], figures[i]);
        json.WriteNumber("cost_usd"u8, UsageRow.CostOf(sums.CostPico));
    }
}
