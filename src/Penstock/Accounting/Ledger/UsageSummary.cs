using System.Data.Common;
using System.Globalization;
using Penstock.Storage;

namespace Penstock.Accounting.Ledger;

/// <summary>
/// Answers questions about usage: whole days and hours from the sums that are kept of them, and what is left at both ends
/// from the records themselves, so that any two moments are exact.
/// </summary>
internal static class UsageSummary
{
    /// <summary>More rows than this are nothing that anybody reads.</summary>
    public const int MostRows = 100_000;

    private const string Sums = "sum(requests), sum(errors), sum(prompt_tokens), sum(cached_tokens), sum(completion_tokens), sum(reasoning_tokens), sum(cost_pico)";

    private const string RecordSums = """
        count(*), sum(case when error is null then 0 else 1 end), sum(prompt_tokens), sum(cached_tokens), sum(completion_tokens),
        sum(reasoning_tokens), sum(cost_pico)
        """;

    /// <returns>
    /// The rows, in the order of time where they are told apart by it, then by name; null where there would be more than
    /// <see cref="MostRows"/>.
    /// </returns>
    public static async ValueTask<IReadOnlyList<UsageRow>?> ReadAsync(DbConnection connection, UsageQuery query, CancellationToken cancellationToken)
    {
        var rows = new Dictionary<Key, UsageSums>();
        foreach (var part in Parts(query))
        {
            if (part.From >= part.To) continue;
            await using var command = Command(connection, query, part);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                var values = new string[query.GroupBy.Count];
                for (var i = 0; i < values.Length; i++) values[i] = Text(reader, query.GroupBy[i], i);
                var key = new Key(values);
                var sums = SumsOf(reader, query.GroupBy.Count);
                // Without groups there is a row of nothing, too.
                if (sums.Requests > 0) rows[key] = rows.TryGetValue(key, out var sum) ? sum + sums : sums;
                if (rows.Count > MostRows) return null;
            }
        }

        return [.. rows.Select(row => new UsageRow(row.Key.Values, row.Value)).Order(OrderOf(query.GroupBy))];
    }

    /// <summary>The sum of all rows.</summary>
    public static UsageSums Total(IEnumerable<UsageRow> rows) => rows.Aggregate(new UsageSums(), (sum, row) => sum + row.Sums);

    // Records, hours, days, hours, records; without days where hours are asked for, or where there is no whole one.
    private static IEnumerable<Part> Parts(UsageQuery query)
    {
        var (from, to) = (StoredTime.Of(query.From), StoredTime.Of(query.To));
        var (hours, hoursEnd) = (RollupKey.Ceiling(from, RollupKey.HourLength), RollupKey.Floor(to, RollupKey.HourLength));
        if (hours >= hoursEnd) return [new Part(0, from, to)];

        var (days, daysEnd) = (RollupKey.Ceiling(hours, RollupKey.DayLength), RollupKey.Floor(hoursEnd, RollupKey.DayLength));
        var edges = (Part[])[new Part(0, from, hours), new Part(0, hoursEnd, to)];
        return query.GroupBy.Contains(UsageGroup.Hour) || days >= daysEnd
            ? [.. edges, new Part(RollupKey.Hour, hours, hoursEnd)]
            : [.. edges, new Part(RollupKey.Hour, hours, days), new Part(RollupKey.Hour, daysEnd, hoursEnd), new Part(RollupKey.Day, days, daysEnd)];
    }

    private static DbCommand Command(DbConnection connection, UsageQuery query, Part part)
    {
        var moment = part.Span == 0 ? "time" : "start";
        var groups = query.GroupBy.Select(group => Column(group, moment)).ToArray();
        var columns = string.Join(", ", [.. groups, part.Span == 0 ? RecordSums : Sums]);
        var table = part.Span == 0 ? "usage_records" : "usage_rollups";
        var span = part.Span == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"span = {part.Span} and ");
        var caller = query.Caller is null ? "" : " and caller = @caller";
        var by = groups.Length == 0 ? "" : $" group by {string.Join(", ", groups)}";
        var command = connection.Command(
            $"select {columns} from {table} where {span}{moment} >= @from and {moment} < @to{caller}{by}", ("@from", part.From), ("@to", part.To));
        if (query.Caller is null) return command;
        var parameter = command.CreateParameter();
        parameter.ParameterName = "@caller";
        parameter.Value = query.Caller;
        command.Parameters.Add(parameter);
        return command;
    }

    private static string Column(UsageGroup group, string moment) => group switch
    {
        UsageGroup.Hour => string.Create(CultureInfo.InvariantCulture, $"{moment} - {moment} % {RollupKey.HourLength}"),
        UsageGroup.Day => string.Create(CultureInfo.InvariantCulture, $"{moment} - {moment} % {RollupKey.DayLength}"),
        _ => UsageQuery.NameOf(group),
    };

    private static string Text(DbDataReader reader, UsageGroup group, int column) => group switch
    {
        UsageGroup.Hour => StoredTime.ToTime(reader.GetInt64(column)).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        UsageGroup.Day => StoredTime.ToTime(reader.GetInt64(column)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        _ => reader.GetString(column),
    };

    private static UsageSums SumsOf(DbDataReader reader, int column) => new(
        Number(reader, column), Number(reader, column + 1), Number(reader, column + 2), Number(reader, column + 3),
        Number(reader, column + 4), Number(reader, column + 5), Number(reader, column + 6));

    // PostgreSQL's sums of bigint are numeric, and sums of nothing are null.
    private static long Number(DbDataReader reader, int column) =>
        reader.IsDBNull(column) ? 0 : Convert.ToInt64(reader.GetValue(column), CultureInfo.InvariantCulture);

    // Days and hours are written so that their order is that of their texts.
    private static Comparer<UsageRow> OrderOf(IReadOnlyList<UsageGroup> groups)
    {
        var order = Enumerable.Range(0, groups.Count).OrderBy(i => groups[i] is UsageGroup.Hour or UsageGroup.Day ? 0 : 1).ToArray();
        return Comparer<UsageRow>.Create((a, b) =>
        {
            foreach (var i in order)
            {
                if (string.CompareOrdinal(a.Keys[i], b.Keys[i]) is not 0 and var difference) return difference;
            }

            return 0;
        });
    }

    /// <summary>A part of the time, and where its sums come from: the records (0), or those of hours or days.</summary>
    private readonly record struct Part(int Span, long From, long To);

    /// <summary>Values that are compared one by one.</summary>
    private readonly record struct Key(string[] Values)
    {
        public bool Equals(Key other) => Values.AsSpan().SequenceEqual(other.Values);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            foreach (var value in Values) hash.Add(value, StringComparer.Ordinal);
            return hash.ToHashCode();
        }
    }
}
