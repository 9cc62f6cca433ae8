using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Penstock.Accounting.Ledger;
using Penstock.Admission.Limits;
using Penstock.Configuration;
using Penstock.Storage;

namespace Penstock.Runtime;

/// <summary>
/// Takes what callers have spent in this period from the ledger, before the first request: money that is gone is gone, whoever
/// was restarted meanwhile. Replicas that share a store have an account of it there instead.
/// </summary>
internal sealed partial class BudgetRestore(Meters meters, Store store, TimeProvider time, ILogger<BudgetRestore> logger) : IHostedService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!store.IsConfigured || meters.AreShared) return;
        var now = time.GetUtcNow();
        foreach (var group in meters.All.Where(meter => meter.Period is not null).GroupBy(meter => meter.Period!.Value))
        {
            if (await SpentAsync(group.Key, now, cancellationToken) is not { } spent) return;
            foreach (var meter in group.Where(meter => spent.ContainsKey(meter.Name))) meter.Restore(spent[meter.Name]);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async ValueTask<Dictionary<string, long>?> SpentAsync(BudgetPeriod period, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var query = new UsageQuery { From = BudgetPeriods.StartOf(period, now), To = now.AddDays(1), GroupBy = [UsageGroup.Caller] };
        var answer = await store.ReadAsync((connection, token) => UsageSummary.ReadAsync(connection, query, token), Patience, cancellationToken);
        if (answer.IsDone && answer.Value is { } rows) return rows.ToDictionary(row => row.Keys[0], row => row.Sums.CostPico, StringComparer.Ordinal);
        Log.NotRestored(logger, period.ToString().ToLower(CultureInfo.InvariantCulture), answer.Message ?? "there are too many callers");
        return null;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "What callers have spent this {Period} could not be read; their budgets begin anew: {Reason}")]
        public static partial void NotRestored(ILogger logger, string period, string reason);
    }
}
