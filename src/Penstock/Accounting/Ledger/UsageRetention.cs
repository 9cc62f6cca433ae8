using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Penstock.Configuration;
using Penstock.Storage;

namespace Penstock.Accounting.Ledger;

/// <summary>
/// Deletes what is older than <c>usage_days</c>, whole days of UTC at a time, in steps so small that nobody who writes
/// meanwhile waits for long.
/// </summary>
internal sealed partial class UsageRetention(GatewayConfig config, Store store, TimeProvider time, ILogger<UsageRetention> logger) : BackgroundService
{
    private const int Step = 2_000;

    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);
    private static readonly TimeSpan AfterStart = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan BetweenSteps = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!store.IsConfigured || config.Usage.Days == 0) return;
        try
        {
            for (var wait = AfterStart; ; wait = Interval)
            {
                await Task.Delay(wait, time, stoppingToken);
                var deleted = await DeleteOldAsync(stoppingToken);
                if (deleted > 0) Log.Deleted(logger, deleted, config.Usage.Days);
            }
        }
        catch (OperationCanceledException)
        {
            // The gateway stops.
        }
    }

    /// <summary>Deletes all that is too old, as far as the store does it.</summary>
    /// <returns>How many records.</returns>
    public async ValueTask<long> DeleteOldAsync(CancellationToken cancellationToken)
    {
        var oldest = RollupKey.Floor(StoredTime.Of(time.GetUtcNow() - TimeSpan.FromDays(config.Usage.Days)), RollupKey.DayLength);
        long records = 0;
        // Of several gateways each deletes what it finds; the steps are so small that it does not matter who.
        while (await TryStepAsync((connection, token) => DeleteRecordsAsync(connection, oldest, token), cancellationToken) is > 0 and var count)
        {
            records += count;
            await Task.Delay(BetweenSteps, time, cancellationToken);
        }

        foreach (var span in (int[])[RollupKey.Hour, RollupKey.Day])
        {
            while (await TryStepAsync((connection, token) => DeleteRollupsAsync(connection, span, oldest, token), cancellationToken) > 0)
                await Task.Delay(BetweenSteps, time, cancellationToken);
        }

        return records;
    }

    private async ValueTask<int> TryStepAsync(Func<DbConnection, CancellationToken, ValueTask<int>> step, CancellationToken cancellationToken)
    {
        var answer = await store.RunAsync(step, Deadline, cancellationToken);
        return answer.Value;
    }

    private static ValueTask<int> DeleteRecordsAsync(DbConnection connection, long before, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(
            FormattableString.Invariant($"delete from usage_records where id in (select id from usage_records where time < @before order by time limit {Step})"),
            cancellationToken, ("@before", before));

    // The sums of the oldest day that there is.
    private static ValueTask<int> DeleteRollupsAsync(DbConnection connection, int span, long before, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(
            """
            delete from usage_rollups where span = @span and start < @before
                and start < (select min(start) from usage_rollups where span = @span) + @day
            """,
            cancellationToken, ("@span", span), ("@before", before), ("@day", RollupKey.DayLength));

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Count} usage records older than {Days} days were deleted")]
        public static partial void Deleted(ILogger logger, long count, int days);
    }
}
