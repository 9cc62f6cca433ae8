using Penstock.Storage;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Storage;

/// <summary>A PostgreSQL server that freezes, dies and comes back. Each test has a server of its own.</summary>
public sealed class PostgresOutageTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(50);

    [PostgresFact]
    public async Task Frozen_NobodyWaits_AndItIsBackByItself()
    {
        await using var cluster = await PostgresCluster.StartAsync();
        await using var store = await TestStore.StartAsync(await cluster.NewDatabaseAsync());
        Assert.True((await store.Store.RunAsync(StoreTests.One, Patience.Default)).IsDone);

        cluster.Freeze();
        var faults = new List<StoreFault>();
        for (var i = 0; i < 200; i++)
        {
            // Were one of them held until the server's own limits, all of them together would outlast any patience.
            var answer = await store.Store.RunAsync(StoreTests.One, Deadline).AsTask().WaitAsync(Patience.Default);
            faults.Add(answer.Fault);
        }

        Assert.Equal(StoreStanding.Down, store.Store.Standing);
        Assert.All(faults[3..], fault => Assert.Equal(StoreFault.Unavailable, fault));
        cluster.Thaw();
        await Patience.UntilAsync(() => store.Store.IsUp, "the store is up");
        Assert.True((await store.Store.RunAsync(StoreTests.One, Patience.Default)).IsDone);
    }

    [PostgresFact]
    public async Task Killed_IsDownAtOnce_AndBackAfterItsRestart()
    {
        await using var cluster = await PostgresCluster.StartAsync();
        await using var store = await TestStore.StartAsync(await cluster.NewDatabaseAsync());

        await cluster.KillAsync();
        for (var i = 0; i < 3; i++) Assert.False((await store.Store.RunAsync(StoreTests.One, Patience.Default)).IsDone);

        Assert.Equal(StoreStanding.Down, store.Store.Standing);
        await cluster.StartServerAsync();
        await Patience.UntilAsync(() => store.Store.IsUp, "the store is up");
        Assert.True((await store.Store.RunAsync(StoreTests.One, Patience.Default)).IsDone);
    }

    [PostgresFact]
    public async Task DownAtStart_StartsWithoutIt_AndItsTablesAreMadeLater()
    {
        await using var cluster = await PostgresCluster.StartAsync();
        var address = await cluster.NewDatabaseAsync();
        await cluster.KillAsync();

        await using var store = await TestStore.StartAsync(address);

        Assert.Equal(StoreStanding.Starting, store.Store.Standing);
        await cluster.StartServerAsync();
        await Patience.UntilAsync(() => store.Store.IsUp, "the store is up");
        Assert.Equal(0, await store.NumberAsync("select count(*) from usage_records"));
    }
}
