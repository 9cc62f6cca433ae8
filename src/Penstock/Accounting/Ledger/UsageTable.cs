using System.Data.Common;
using Penstock.Storage;

namespace Penstock.Accounting.Ledger;

/// <summary>
/// Writes records into the store's tables, with the sums of them: all or nothing, and those that are there already not
/// again. Each kind of database has its own fast way.
/// </summary>
internal abstract class UsageTable
{
    /// <summary>The columns of <c>usage_records</c>, in the order in which both kinds write them.</summary>
    protected static readonly string[] Columns =
    [
        "id", "time", "request_id", "caller", "labels", "endpoint", "model_asked", "model", "backend", "attempts", "status", "error",
        "prompt_tokens", "cached_tokens", "completion_tokens", "reasoning_tokens", "cost_pico", "latency_us", "first_token_us",
        "is_streamed", "is_estimated",
    ];

    protected static readonly string[] RollupColumns =
    [
        "span", "start", "caller", "model", "backend", "endpoint",
        "requests", "errors", "prompt_tokens", "cached_tokens", "completion_tokens", "reasoning_tokens", "cost_pico",
    ];

    /// <summary>What becomes of a sum that is there already.</summary>
    protected static readonly string AddToRollup =
        "on conflict (span, start, caller, model, backend, endpoint) do update set "
        + string.Join(", ", RollupColumns[6..].Select(c => $"{c} = usage_rollups.{c} + excluded.{c}"));

    public static UsageTable Of(Dialect dialect) => dialect == Dialect.Sqlite ? new SqliteUsageTable() : new PostgresUsageTable();

    /// <returns>How many of them were not there before.</returns>
    public abstract ValueTask<int> WriteAsync(DbConnection connection, IReadOnlyList<UsageRecord> records, CancellationToken cancellationToken);
}
