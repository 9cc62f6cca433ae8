using System.Data.Common;
using Npgsql;
using Penstock.Storage;

namespace Penstock.Accounting.Ledger;

/// <summary>PostgreSQL's way: two statements for all rows, which come as arrays, a column each.</summary>
internal sealed class PostgresUsageTable : UsageTable
{
    private static readonly string Insert =
        $"insert into usage_records ({string.Join(", ", Columns)}) select * from unnest({Places(Columns)}) on conflict (id) do nothing returning id";

    private static readonly string Upsert =
        $"insert into usage_rollups ({string.Join(", ", RollupColumns)}) select * from unnest({Places(RollupColumns)}) {AddToRollup}";

    public override async ValueTask<int> WriteAsync(
        DbConnection connection, IReadOnlyList<UsageRecord> records, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var written = await InsertAsync((NpgsqlConnection)connection, records, cancellationToken);
        if (written.Count > 0) await AddAsync((NpgsqlConnection)connection, RollupKey.Sum(written), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return written.Count;
    }

    private static async ValueTask<List<UsageRecord>> InsertAsync(
        NpgsqlConnection connection, IReadOnlyList<UsageRecord> records, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Insert, connection);
        void Add<T>(Func<UsageRecord, T> value) => command.Parameters.Add(Column(records, value));

        // In the order of the columns.
        Add(r => r.Id);
        Add(r => StoredTime.Of(r.Time));
        Add(r => r.RequestId);
        Add(r => r.Caller);
        Add(r => r.Labels);
        Add(r => r.Endpoint);
        Add(r => r.ModelAsked);
        Add(r => r.Model);
        Add(r => r.Backend);
        Add(r => r.Attempts);
        Add(r => r.Status);
        Add(r => r.Error);
        Add(r => r.PromptTokens);
        Add(r => r.CachedTokens);
        Add(r => r.CompletionTokens);
        Add(r => r.ReasoningTokens);
        Add(r => r.CostPico);
        Add(r => StoredTime.Of(r.Latency));
        Add(r => r.TimeToFirstToken is { } first ? StoredTime.Of(first) : (long?)null);
        Add(r => (short)(r.IsStreamed ? 1 : 0));
        Add(r => (short)(r.IsEstimated ? 1 : 0));

        var written = new HashSet<Guid>(records.Count);
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken)) written.Add(reader.GetGuid(0));
        }

        // Removed as they are found: what is there twice was written once.
        return [.. records.Where(record => written.Remove(record.Id))];
    }

    private static async ValueTask AddAsync(
        NpgsqlConnection connection, IReadOnlyList<(RollupKey Key, UsageSums Sums)> rollups, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Upsert, connection);
        void Add<T>(Func<(RollupKey Key, UsageSums Sums), T> value) => command.Parameters.Add(Column(rollups, value));

        Add(r => r.Key.Span);
        Add(r => r.Key.Start);
        Add(r => r.Key.Caller);
        Add(r => r.Key.Model);
        Add(r => r.Key.Backend);
        Add(r => r.Key.Endpoint);
        Add(r => r.Sums.Requests);
        Add(r => r.Sums.Errors);
        Add(r => r.Sums.PromptTokens);
        Add(r => r.Sums.CachedTokens);
        Add(r => r.Sums.CompletionTokens);
        Add(r => r.Sums.ReasoningTokens);
        Add(r => r.Sums.CostPico);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string Places(string[] columns) => string.Join(", ", columns.Select((_, i) => $"${i + 1}"));

    private static NpgsqlParameter<T[]> Column<TRow, T>(IReadOnlyList<TRow> rows, Func<TRow, T> value)
    {
        var column = new T[rows.Count];
        for (var i = 0; i < column.Length; i++) column[i] = value(rows[i]);
        return new NpgsqlParameter<T[]> { TypedValue = column };
    }
}
