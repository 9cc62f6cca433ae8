using Microsoft.Extensions.Logging;
using Penstock.Storage;

namespace Penstock.Accounting.Ledger;

/// <summary>Brings records to the store.</summary>
internal sealed partial class LedgerSink(Store store, UsageLedger ledger, ILogger<LedgerSink> logger)
{
    /// <summary>How many records go in one transaction: some 40 ms of SQLite's time, and a few MiB to PostgreSQL.</summary>
    public const int BatchSize = 4_096;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(6);

    private UsageTable? _table;

    /// <summary>Writes records that may be there already.</summary>
    /// <returns>
    /// False where the store did not take them now. True where it has them; those that it will never take are counted as
    /// lost, and stand in nobody else's way.
    /// </returns>
    public async Task<bool> TryWriteAsync(IReadOnlyList<UsageRecord> records)
    {
        var table = _table ??= UsageTable.Of(store.Database.Dialect);
        var answer = await store.RunAsync((connection, token) => table.WriteAsync(connection, records, token), Deadline);
        if (answer.IsDone) return true;
        if (answer.Fault == StoreFault.Statement) Log.NotTaken(logger, answer.Message!);
        if (answer.Fault != StoreFault.Values) return false;
        if (records.Count == 1)
        {
            Log.Refused(logger, records[0].RequestId, answer.Message!);
            ledger.NoteLost(1, "refused");
            return true;
        }

        var half = records.Count / 2;
        return await TryWriteAsync([.. records.Take(half)]) && await TryWriteAsync([.. records.Skip(half)]);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{RequestId}: the store refuses this call's usage record: {Why}")]
        public static partial void Refused(ILogger logger, string requestId, string why);

        [LoggerMessage(2, LogLevel.Error, "The store does not take usage records: {Why}")]
        public static partial void NotTaken(ILogger logger, string why);
    }
}
