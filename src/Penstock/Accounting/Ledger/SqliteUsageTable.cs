using System.Data.Common;
using Microsoft.Data.Sqlite;
using Penstock.Storage;

namespace Penstock.Accounting.Ledger;

/// <summary>SQLite's way: one prepared statement for a row, many times in one transaction.</summary>
internal sealed class SqliteUsageTable : UsageTable
{
    private static readonly string Insert =
        $"insert into usage_records ({string.Join(", ", Columns)}) values ({Places(Columns)}) on conflict (id) do nothing";

    private static readonly string Upsert =
        $"insert into usage_rollups ({string.Join(", ", RollupColumns)}) values ({Places(RollupColumns)}) {AddToRollup}";

    public override async ValueTask<int> WriteAsync(
        DbConnection connection, IReadOnlyList<UsageRecord> records, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var written = InsertNew((SqliteConnection)connection, records);
        AddUp((SqliteConnection)connection, written);
        await transaction.CommitAsync(cancellationToken);
        return written.Count;
    }

    private static List<UsageRecord> InsertNew(SqliteConnection connection, IReadOnlyList<UsageRecord> records)
    {
        var written = new List<UsageRecord>(records.Count);
        using var rows = new SqliteRows(connection, Insert);
        foreach (var record in records)
        {
            Add(rows, record);
            if (rows.Run() > 0) written.Add(record);
        }

        return written;
    }

    private static void AddUp(SqliteConnection connection, IReadOnlyList<UsageRecord> records)
    {
        using var rows = new SqliteRows(connection, Upsert);
        foreach (var (key, sums) in RollupKey.Sum(records))
        {
            Add(rows, key, sums);
            rows.Run();
        }
    }

    private static string Places(string[] columns) => string.Join(", ", columns.Select(_ => "?"));

    // In the order of the columns.
    private static void Add(SqliteRows to, UsageRecord record)
    {
        Span<byte> id = stackalloc byte[16];
        record.Id.TryWriteBytes(id, bigEndian: true, out _);
        to.Add(id);
        to.Add(StoredTime.Of(record.Time));
        to.Add(record.RequestId);
        to.Add(record.Caller);
        to.Add(record.Labels);
        to.Add(record.Endpoint);
        to.Add(record.ModelAsked);
        to.Add(record.Model);
        to.Add(record.Backend);
        to.Add(record.Attempts);
        to.Add(record.Status);
        if (record.Error is null) to.AddNull();
        else to.Add(record.Error);
        to.Add(record.PromptTokens);
        to.Add(record.CachedTokens);
        to.Add(record.CompletionTokens);
        to.Add(record.ReasoningTokens);
        to.Add(record.CostPico);
        to.Add(StoredTime.Of(record.Latency));
        if (record.TimeToFirstToken is { } first) to.Add(StoredTime.Of(first));
        else to.AddNull();
        to.Add(record.IsStreamed ? 1 : 0);
        to.Add(record.IsEstimated ? 1 : 0);
    }

    private static void Add(SqliteRows to, RollupKey key, UsageSums sums)
    {
        to.Add(key.Span);
        to.Add(key.Start);
        to.Add(key.Caller);
        to.Add(key.Model);
        to.Add(key.Backend);
        to.Add(key.Endpoint);
        to.Add(sums.Requests);
        to.Add(sums.Errors);
        to.Add(sums.PromptTokens);
        to.Add(sums.CachedTokens);
        to.Add(sums.CompletionTokens);
        to.Add(sums.ReasoningTokens);
        to.Add(sums.CostPico);
    }
}
