using System.Data.Common;
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
        var written = new List<UsageRecord>(records.Count);
        await using (var insert = Prepare(connection, Insert, Columns))
        {
            foreach (var record in records)
            {
                Set(insert.Parameters, record);
                if (await insert.ExecuteNonQueryAsync(cancellationToken) > 0) written.Add(record);
            }
        }

        await using (var upsert = Prepare(connection, Upsert, RollupColumns))
        {
            foreach (var (key, sums) in RollupKey.Sum(written))
            {
                Set(upsert.Parameters, key, sums);
                await upsert.ExecuteNonQueryAsync(cancellationToken);
            }
        }

        await transaction.CommitAsync(cancellationToken);
        return written.Count;
    }

    private static string Places(string[] columns) => string.Join(", ", columns.Select(c => "@" + c));

    private static DbCommand Prepare(DbConnection connection, string sql, string[] columns)
    {
        var command = connection.Command(sql);
        foreach (var column in columns)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = "@" + column;
            command.Parameters.Add(parameter);
        }

        return command;
    }

    // In the order of the columns.
    private static void Set(DbParameterCollection to, UsageRecord record)
    {
        var i = 0;
        to[i++].Value = record.Id.ToByteArray(bigEndian: true);
        to[i++].Value = StoredTime.Of(record.Time);
        to[i++].Value = record.RequestId;
        to[i++].Value = record.Caller;
        to[i++].Value = record.Labels;
        to[i++].Value = record.Endpoint;
        to[i++].Value = record.ModelAsked;
        to[i++].Value = record.Model;
        to[i++].Value = record.Backend;
        to[i++].Value = record.Attempts;
        to[i++].Value = record.Status;
        to[i++].Value = (object?)record.Error ?? DBNull.Value;
        to[i++].Value = record.PromptTokens;
        to[i++].Value = record.CachedTokens;
        to[i++].Value = record.CompletionTokens;
        to[i++].Value = record.ReasoningTokens;
        to[i++].Value = record.CostPico;
        to[i++].Value = StoredTime.Of(record.Latency);
        to[i++].Value = record.TimeToFirstToken is { } first ? (object)StoredTime.Of(first) : DBNull.Value;
        to[i++].Value = record.IsStreamed ? 1 : 0;
        to[i].Value = record.IsEstimated ? 1 : 0;
    }

    private static void Set(DbParameterCollection to, RollupKey key, UsageSums sums)
    {
        var i = 0;
        to[i++].Value = key.Span;
        to[i++].Value = key.Start;
        to[i++].Value = key.Caller;
        to[i++].Value = key.Model;
        to[i++].Value = key.Backend;
        to[i++].Value = key.Endpoint;
        to[i++].Value = sums.Requests;
        to[i++].Value = sums.Errors;
        to[i++].Value = sums.PromptTokens;
        to[i++].Value = sums.CachedTokens;
        to[i++].Value = sums.CompletionTokens;
        to[i++].Value = sums.ReasoningTokens;
        to[i].Value = sums.CostPico;
    }
}
