using Penstock.Accounting.Ledger;
using Penstock.Storage;
using Penstock.Tests.Storage;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Accounting.Ledger;

/// <summary>From the queue to the store, over SQLite: what comes there, whatever is in the way.</summary>
public sealed class LedgerTests
{
    [Fact]
    public async Task Record_Up_ComesToTheStoreByItself()
    {
        await using var rig = await LedgerRig.StartAsync();

        rig.Record(UsageRecords.Some(100, seed: 1));

        await rig.WaitForCountAsync(100);
        Assert.Equal(0, rig.Lost);
    }

    [Fact]
    public async Task Stop_WithRecordsInTheQueue_WritesAllOfThem()
    {
        await using var rig = await LedgerRig.StartAsync();

        rig.Record(UsageRecords.Some(20_000, seed: 1));
        await rig.StopAsync();

        Assert.Equal(20_000, await rig.CountAsync());
        Assert.Equal(0, rig.Lost);
    }

    [Fact]
    public async Task Record_StoreIsHeldUp_IsOnDiskMeanwhile_AndInTheStoreOnceLater()
    {
        await using var rig = await LedgerRig.StartAsync();
        var release = new TaskCompletionSource();
        var held = rig.Store.AskAsync(async (_, _) =>
        {
            await release.Task;
            return 0;
        });

        rig.Record(UsageRecords.Some(1_000, seed: 1));
        await Patience.UntilAsync(() => rig.Spooled == 1_000, "all of them are spooled");
        release.SetResult();
        await held;

        await rig.WaitForCountAsync(1_000);
        await Patience.UntilAsync(() => Segments(rig).Length == 0, "the spool is empty");
        Assert.Equal(1_000, await rig.Store.NumberAsync("select sum(requests) from usage_rollups where span = 3600"));
        Assert.Equal(0, rig.Lost);
    }

    [Fact]
    public async Task Record_TablesAreMissing_IsKeptUntilTheyAreThere()
    {
        await using var rig = await LedgerRig.StartAsync();
        await ExecuteAsync(rig, "alter table usage_rollups rename to hidden");

        rig.Record(UsageRecords.Some(100, seed: 1));
        await Patience.UntilAsync(() => rig.Spooled == 100, "all of them are spooled");
        await ExecuteAsync(rig, "alter table hidden rename to usage_rollups");

        await rig.WaitForCountAsync(100);
        Assert.Equal(0, rig.Lost);
    }

    [Fact]
    public async Task Record_TheStoreRefusesOne_ItAloneIsLost()
    {
        await using var rig = await LedgerRig.StartAsync();
        await ExecuteAsync(rig, "create unique index only_once on usage_records (request_id)");
        var records = UsageRecords.Some(100, seed: 1);

        rig.Record(records);
        rig.Record([records[7] with { Id = Guid.CreateVersion7() }]);

        await Patience.UntilAsync(() => rig.Lost == 1, "one is lost");
        await rig.WaitForCountAsync(100);
        Assert.Equal(1, rig.Lost);
    }

    [Fact]
    public async Task Record_NeitherStoreNorSpool_WaitsInMemory_AndWhatHasNoRoomIsCounted()
    {
        await using var rig = await LedgerRig.StartAsync(spool: "/dev/null/nowhere");
        var release = new TaskCompletionSource();
        var held = rig.Store.AskAsync(async (_, _) =>
        {
            await release.Task;
            return 0;
        });

        // One is on its way to the store, and one finds no room anywhere.
        foreach (var seed in (int[])[8, 9])
        {
            rig.Record(UsageRecords.Some(1, seed));
            await Patience.UntilAsync(() => rig.Ledger.Queue.Count == 0, "it is taken");
        }

        rig.Record(UsageRecords.Some(UsageLedger.Capacity + 100, seed: 1));
        Assert.Equal(100, rig.Lost);
        release.SetResult();
        await held;

        await rig.WaitForCountAsync(UsageLedger.Capacity + 2);
        Assert.Equal(100, rig.Lost);
    }

    [Fact]
    public async Task Start_SpoolOfOneThatDied_IsBroughtToTheStore()
    {
        await using var store = await TestStore.StartAsync();
        var spool = Path.Combine(store.Folder, "usage-spool");
        var records = UsageRecords.Some(50, seed: 1);
        using (var first = new UsageSpool(spool))
        using (var second = new UsageSpool(spool))
        {
            Assert.Null(first.TryAppend(records[..20]));
            Assert.Null(second.TryAppend(records[20..]));
        }

        await using var rig = await LedgerRig.StartAsync(store.Address, spool);

        await rig.WaitForCountAsync(50);
        await Patience.UntilAsync(() => Directory.GetFiles(spool, "*.usage", SearchOption.AllDirectories).Length == 0, "the spool is empty");
    }

    [Fact]
    public async Task Record_WithoutAStore_IsNotKept()
    {
        await using var none = new Store(null, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<Store>.Instance);
        using var metrics = new Penstock.Telemetry.GatewayMetrics(TimeProvider.System, () => 0);
        var ledger = new UsageLedger(none, metrics, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<UsageLedger>.Instance);

        ledger.Record(UsageRecords.One());

        Assert.False(ledger.IsKept);
        Assert.Equal(0, ledger.Queue.Count);
    }

    private static string[] Segments(LedgerRig rig) =>
        Directory.GetFiles(Path.Combine(rig.Store.Folder, "usage-spool"), "*.usage", SearchOption.AllDirectories);

    private static Task<int> ExecuteAsync(LedgerRig rig, string sql) =>
        rig.Store.AskAsync((connection, token) => connection.ExecuteAsync(sql, token));
}
