using Microsoft.Extensions.Logging.Abstractions;
using Penstock.Accounting.Ledger;
using Penstock.Configuration;
using Penstock.Tests.Storage;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Accounting.Ledger;

[Collection(nameof(PostgresGroup))]
public sealed class UsageRetentionTests(PostgresServer server)
{
    [Fact]
    public Task Sqlite_OldRecords_AreDeletedWithTheirSums() => DeletesAsync(null);

    [PostgresFact]
    public async Task Postgres_OldRecords_AreDeletedWithTheirSums() => await DeletesAsync(await server.NewDatabaseAsync());

    private static async Task DeletesAsync(string? address)
    {
        await using var store = await TestStore.StartAsync(address);
        var records = UsageRecords.Some(5_000, seed: 1, TimeSpan.FromDays(6));
        await store.AskAsync((connection, token) => UsageTable.Of(store.Store.Database.Dialect).WriteAsync(connection, records, token));
        using var retention = new UsageRetention(
            new GatewayConfig { Backends = [], Usage = new UsageConfig { Days = 3 } }, store.Store, new FixedTime(UsageRecords.Start.AddDays(6)), NullLogger<UsageRetention>.Instance);

        var deleted = await retention.DeleteOldAsync(default);

        var oldest = new DateTimeOffset(2026, 11, 23, 0, 0, 0, TimeSpan.Zero);
        var kept = records.Count(r => r.Time >= oldest);
        Assert.InRange(kept, 1, 4_999);
        Assert.Equal(5_000 - kept, deleted);
        Assert.Equal(kept, await store.NumberAsync("select count(*) from usage_records"));
        Assert.Equal(kept, await store.NumberAsync("select sum(requests) from usage_rollups where span = 3600"));
        Assert.Equal(kept, await store.NumberAsync("select sum(requests) from usage_rollups where span = 86400"));
        Assert.Equal(0, await retention.DeleteOldAsync(default));
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
