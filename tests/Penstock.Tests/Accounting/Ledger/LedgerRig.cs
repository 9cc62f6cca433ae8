using Microsoft.Extensions.Logging.Abstractions;
using Penstock.Accounting.Ledger;
using Penstock.Telemetry;
using Penstock.Tests.Storage;
using Penstock.Tests.Tools;

namespace Penstock.Tests.Accounting.Ledger;

/// <summary>The ledger as the gateway runs it, over a store of its own.</summary>
internal sealed class LedgerRig : IAsyncDisposable
{
    private readonly GatewayMetrics _metrics = new(TimeProvider.System, () => 0);
    private readonly UsageSpool _spool;
    private readonly LedgerService _service;
    private bool _isStopped;

    private LedgerRig(TestStore store, string spool)
    {
        Store = store;
        _spool = new UsageSpool(spool);
        Ledger = new UsageLedger(store.Store, _metrics, TimeProvider.System, NullLogger<UsageLedger>.Instance);
        var sink = new LedgerSink(store.Store, Ledger, NullLogger<LedgerSink>.Instance);
        var writer = new LedgerWriter(Ledger, sink, _spool, store.Store, _metrics, TimeProvider.System, NullLogger<LedgerWriter>.Instance);
        var replay = new LedgerReplay(sink, _spool, store.Store, TimeProvider.System, NullLogger<LedgerReplay>.Instance);
        _service = new LedgerService(Ledger, writer, replay, _spool, TimeProvider.System);
    }

    public TestStore Store { get; }

    public UsageLedger Ledger { get; }

    public long Lost => _metrics.UsageRecordsLost.Sum(l => l.Count);

    public long Spooled => _metrics.UsageRecordsSpooled;

    /// <summary>Starts one.</summary>
    /// <param name="address">The store; null: a SQLite file of its own.</param>
    /// <param name="spool">The spool's folder; null: one that is gone with the store.</param>
    public static async Task<LedgerRig> StartAsync(string? address = null, string? spool = null)
    {
        var store = await TestStore.StartAsync(address);
        var rig = new LedgerRig(store, spool ?? Path.Combine(store.Folder, "usage-spool"));
        await rig._service.StartAsync(CancellationToken.None);
        return rig;
    }

    public void Record(IEnumerable<UsageRecord> records)
    {
        foreach (var record in records) Ledger.Record(record);
    }

    /// <summary>How many records the store has.</summary>
    public Task<long> CountAsync() => Store.NumberAsync("select count(*) from usage_records");

    /// <summary>Waits until the store has so many.</summary>
    public async Task WaitForCountAsync(long count)
    {
        var last = 0L;
        for (var deadline = Environment.TickCount64 + (long)(2 * Patience.Default.TotalMilliseconds); Environment.TickCount64 < deadline; await Task.Delay(50))
        {
            if (Store.Store.IsUp && (last = await CountAsync()) >= count) return;
        }

        throw new TimeoutException($"The store has {last} records, not {count}.");
    }

    public async Task StopAsync()
    {
        if (_isStopped) return;
        _isStopped = true;
        await _service.StoppedAsync(CancellationToken.None);
        _service.Dispose();
        _spool.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Store.DisposeAsync();
        _metrics.Dispose();
    }
}
