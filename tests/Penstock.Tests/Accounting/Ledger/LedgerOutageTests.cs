using Penstock.Accounting.Ledger;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Accounting.Ledger;

/// <summary>The ledger over a PostgreSQL server that freezes and dies while calls go on: nothing is lost, nothing counts twice.</summary>
public sealed class LedgerOutageTests
{
    [PostgresFact]
    public async Task Frozen_UnderWrites_NothingIsLostOrCountedTwice()
    {
        await using var cluster = await PostgresCluster.StartAsync();
        await using var rig = await LedgerRig.StartAsync(await cluster.NewDatabaseAsync());
        await using var calls = Calls.Begin(rig.Ledger);

        for (var round = 0; round < 2; round++)
        {
            await calls.GoOnAsync(500);
            cluster.Freeze();
            var spooled = rig.Spooled;
            await Patience.UntilAsync(() => rig.Spooled > spooled + 200, "records go to the spool");
            cluster.Thaw();
        }

        await AssertAllAsync(rig, await calls.EndAsync());
    }

    [PostgresFact]
    public async Task Killed_UnderWrites_NothingIsLostOrCountedTwice()
    {
        await using var cluster = await PostgresCluster.StartAsync();
        await using var rig = await LedgerRig.StartAsync(await cluster.NewDatabaseAsync());
        await using var calls = Calls.Begin(rig.Ledger);

        for (var round = 0; round < 3; round++)
        {
            await calls.GoOnAsync(500);
            await cluster.KillAsync();
            var spooled = rig.Spooled;
            await Patience.UntilAsync(() => rig.Spooled > spooled + 200, "records go to the spool");
            await cluster.StartServerAsync();
        }

        await AssertAllAsync(rig, await calls.EndAsync());
    }

    [PostgresFact]
    public async Task Stopped_WhileItIsDown_TheNextProcessBringsThem()
    {
        await using var cluster = await PostgresCluster.StartAsync();
        var address = await cluster.NewDatabaseAsync();
        var spool = Directory.CreateTempSubdirectory("penstock-spool-").FullName;
        await using (var rig = await LedgerRig.StartAsync(address, spool))
        {
            await cluster.KillAsync();
            rig.Record(UsageRecords.Some(3_000, seed: 1));
            await rig.StopAsync();
            Assert.Equal(0, rig.Lost);
        }

        await cluster.StartServerAsync();
        await using var next = await LedgerRig.StartAsync(address, spool);

        await next.WaitForCountAsync(3_000);
        Assert.Equal(3_000, await next.CountAsync());
        await next.StopAsync();
        Directory.Delete(spool, recursive: true);
    }

    private static async Task AssertAllAsync(LedgerRig rig, long made)
    {
        await rig.WaitForCountAsync(made);
        await rig.StopAsync();
        Assert.Equal(made, await rig.CountAsync());
        Assert.Equal(made, await rig.Store.NumberAsync("select sum(requests) from usage_rollups where span = 3600"));
        Assert.Equal(made, await rig.Store.NumberAsync("select sum(requests) from usage_rollups where span = 86400"));
        Assert.Equal(0, rig.Lost);
    }

    /// <summary>Somebody who makes calls all the time.</summary>
    private sealed class Calls : IAsyncDisposable
    {
        private readonly CancellationTokenSource _ending = new();
        private readonly Task _making;
        private long _made;

        private Calls(UsageLedger ledger) => _making = Task.Run(() => MakeAsync(ledger));

        public static Calls Begin(UsageLedger ledger) => new(ledger);

        public Task GoOnAsync(long count)
        {
            var until = Interlocked.Read(ref _made) + count;
            return Patience.UntilAsync(() => Interlocked.Read(ref _made) >= until, $"{count} more calls");
        }

        public async Task<long> EndAsync()
        {
            await _ending.CancelAsync();
            await _making;
            return _made;
        }

        public async ValueTask DisposeAsync()
        {
            await EndAsync();
            _ending.Dispose();
        }

        private async Task MakeAsync(UsageLedger ledger)
        {
            while (!_ending.IsCancellationRequested)
            {
                foreach (var record in UsageRecords.Some(10, seed: (int)_made)) ledger.Record(record);
                Interlocked.Add(ref _made, 10);
                await Task.Delay(5);
            }
        }
    }
}
