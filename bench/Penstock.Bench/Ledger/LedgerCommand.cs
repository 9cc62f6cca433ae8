using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Penstock.Accounting.Ledger;
using Penstock.Configuration;
using Penstock.Storage;
using Penstock.Telemetry;

namespace Penstock.Bench.Ledger;

/// <summary><c>ledger</c>: how fast usage records come into a store, and how fast a month of them is summed up.</summary>
internal static class LedgerCommand
{
    private const int Runs = 21;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var month = new Month(arguments.Number("--records", 1_000_000), arguments.Number("--callers", 50), arguments.Number("--models", 6));
        var address = arguments.Text("--store");
        arguments.RejectRest();

        var folder = Directory.CreateTempSubdirectory("penstock-ledger-").FullName;
        try
        {
            if (!StoreReader.TryParse(address ?? $"sqlite:{Path.Combine(folder, "penstock.db")}", out var config, out var error)) throw new UsageException(error);
            await using var store = new Store(Databases.Of(config.In(Directory.GetCurrentDirectory())), TimeProvider.System, NullLogger<Store>.Instance);
            using var watch = new StoreWatch(store, TimeProvider.System);
            await watch.StartAsync(CancellationToken.None);
            if (!store.IsUp) throw new UsageException($"{store.Description} cannot be used");
            await WriteAsync(store, month, Path.Combine(folder, "usage-spool"));
            var days = (From: month.Start.AddTicks(-month.Start.TimeOfDay.Ticks), To: month.End.AddTicks(-month.End.TimeOfDay.Ticks).AddDays(1));
            foreach (var (what, from, to) in ((string, DateTimeOffset, DateTimeOffset)[])[("of whole days", days.From, days.To), ("to the minute", month.Start, month.End)])
            {
                await SummarizeAsync(store, month, what, new UsageQuery { From = from, To = to, GroupBy = [UsageGroup.Caller, UsageGroup.Model] });
                await SummarizeAsync(store, month, what, new UsageQuery { From = from, To = to, GroupBy = [UsageGroup.Caller, UsageGroup.Model, UsageGroup.Day] });
            }

            await watch.StopAsync(CancellationToken.None);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // The way that a call's record takes: the queue, the writer, the store.
    private static async Task WriteAsync(Store store, Month month, string spoolFolder)
    {
        using var metrics = new GatewayMetrics(TimeProvider.System, () => 0);
        using var spool = new UsageSpool(spoolFolder);
        spool.Seal();
        var ledger = new UsageLedger(store, metrics, TimeProvider.System, NullLogger<UsageLedger>.Instance);
        var sink = new LedgerSink(store, ledger, NullLogger<LedgerSink>.Instance);
        var writer = new LedgerWriter(ledger, sink, spool, store, metrics, TimeProvider.System, NullLogger<LedgerWriter>.Instance);
        var replay = new LedgerReplay(sink, spool, store, TimeProvider.System, NullLogger<LedgerReplay>.Instance);
        using var service = new LedgerService(ledger, writer, replay, spool, TimeProvider.System);
        await service.StartAsync(CancellationToken.None);

        var (started, cpu) = (TimeProvider.System.GetTimestamp(), Environment.CpuUsage.TotalTime);
        foreach (var record in month.Records())
        {
            while (ledger.Queue.Count > UsageLedger.Capacity / 2) await Task.Delay(1);
            ledger.Record(record);
        }

        var count = 0L;
        var silent = TimeProvider.System.GetTimestamp();
        while (count < month.Count && TimeProvider.System.GetElapsedTime(silent) < Patience)
        {
            var before = count;
            count = await CountAsync(store);
            if (count != before) silent = TimeProvider.System.GetTimestamp();
            await Task.Delay(10);
        }

        var seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        var cpuSeconds = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds;
        await service.StoppedAsync(CancellationToken.None);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{count:N0} records into {store.Database.Dialect.Name} in {seconds:F1} s: {count / seconds:N0} records/s, {cpuSeconds * 1e6 / count:F1} CPU µs/record, {metrics.UsageRecordsSpooled:N0} of them by the spool, too"));
        if (count != month.Count) throw new UsageException($"{month.Count} records were written and {count} are there: the store was not new, or they are still in the spool");
    }

    private static async Task SummarizeAsync(Store store, Month month, string what, UsageQuery query)
    {
        var (times, rows, cpu) = (new List<double>(Runs), 0, Environment.CpuUsage.TotalTime);
        for (var i = 0; i < Runs; i++)
        {
            var started = TimeProvider.System.GetTimestamp();
            var answer = await store.ReadAsync((connection, token) => UsageSummary.ReadAsync(connection, query, token), Patience);
            times.Add(TimeProvider.System.GetElapsedTime(started).TotalMilliseconds);
            if (!answer.TryGet(out var read) || read is null) throw new UsageException($"the summary failed: {answer.Message}");
            if (UsageSummary.Total(read).Requests != month.Count) throw new UsageException("the summary has not all records");
            rows = read.Count;
        }

        var first = times[0];
        times.Sort();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"a month {what} by {string.Join(',', query.GroupBy.Select(UsageQuery.NameOf))}: median {times[Runs / 2]:F1} ms, worst {times[^1]:F1} ms, first {first:F1} ms, {(Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds / Runs:F1} ms of CPU, {rows:N0} rows"));
    }

    // By their sums, which are written in the same transactions: counting ten million rows takes seconds.
    private static async Task<long> CountAsync(Store store)
    {
        var answer = await store.ReadAsync(
            async (connection, token) =>
            {
                await using var command = connection.Command("select coalesce(sum(requests), 0) from usage_rollups where span = 86400");
                return Convert.ToInt64(await command.ExecuteScalarAsync(token), CultureInfo.InvariantCulture);
            },
            Patience);
        return answer.Value;
    }
}
