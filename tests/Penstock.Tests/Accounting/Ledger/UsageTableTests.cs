using Penstock.Accounting.Ledger;
using Penstock.Tests.Storage;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Accounting.Ledger;

/// <summary>Records and their sums, in both stores.</summary>
[Collection(nameof(PostgresGroup))]
public sealed class UsageTableTests(PostgresServer server)
{
    [Fact]
    public Task Sqlite_Again_IsWrittenOnce() => AgainAsync(null);

    [PostgresFact]
    public async Task Postgres_Again_IsWrittenOnce() => await AgainAsync(await server.NewDatabaseAsync());

    [Fact]
    public Task Sqlite_AnyTime_IsSummedUpExactly() => AnyTimeAsync(null);

    [PostgresFact]
    public async Task Postgres_AnyTime_IsSummedUpExactly() => await AnyTimeAsync(await server.NewDatabaseAsync());

    [Fact]
    public Task Sqlite_OddText_IsTaken() => OddTextAsync(null);

    [PostgresFact]
    public async Task Postgres_OddText_IsTaken() => await OddTextAsync(await server.NewDatabaseAsync());

    [PostgresFact]
    public async Task Postgres_SeveralWriteTheSameSums_NoneIsInTheWay()
    {
        await using var store = await TestStore.StartAsync(await server.NewDatabaseAsync());
        var batches = Enumerable.Range(0, 40).Select(i => UsageRecords.Some(200, seed: i)).ToArray();

        var written = await Task.WhenAll(batches.Select(batch => WriteAsync(store, batch)));

        Assert.All(written, count => Assert.Equal(200, count));
        await AssertSummaryAsync(store, [.. batches.SelectMany(b => b)], Everything([UsageGroup.Caller, UsageGroup.Day]));
    }

    private static async Task AgainAsync(string? address)
    {
        await using var store = await TestStore.StartAsync(address);
        var records = UsageRecords.Some(500, seed: 1);

        Assert.Equal(300, await WriteAsync(store, records[..300]));
        Assert.Equal(200, await WriteAsync(store, [.. records, records[0], records[499]]));
        Assert.Equal(0, await WriteAsync(store, records));

        Assert.Equal(500, await store.NumberAsync("select count(*) from usage_records"));
        Assert.Equal(500, await store.NumberAsync("select sum(requests) from usage_rollups where span = 3600"));
        Assert.Equal(500, await store.NumberAsync("select sum(requests) from usage_rollups where span = 86400"));
        await AssertSummaryAsync(store, records, Everything([UsageGroup.Caller, UsageGroup.Model]));
    }

    private static async Task AnyTimeAsync(string? address)
    {
        await using var store = await TestStore.StartAsync(address);
        var records = UsageRecords.Some(3_000, seed: 2, TimeSpan.FromHours(100));
        await WriteAsync(store, records);

        var random = new Random(3);
        var groups = Enum.GetValues<UsageGroup>();
        for (var i = 0; i < 150; i++)
        {
            var (a, b) = (Moment(random), Moment(random));
            await AssertSummaryAsync(store, records, new UsageQuery
            {
                From = a < b ? a : b,
                To = a < b ? b : a,
                GroupBy = [.. groups.Where(_ => random.Next(3) == 0).OrderBy(_ => random.Next())],
                Caller = random.Next(3) == 0 ? "search" : null,
            });
        }
    }

    private static async Task OddTextAsync(string? address)
    {
        await using var store = await TestStore.StartAsync(address);
        var odd = UsageText.Clean(UsageRecords.One() with
        {
            RequestId = "a\0b",
            Caller = "half \uD83D",
            Model = "🙂",
            ModelAsked = new string('m', 100_000),
            Labels = new string('l', 100_000),
            Error = "\0",
        });

        Assert.Equal(1, await WriteAsync(store, [odd]));
        var row = Assert.Single(await ReadAsync(store, Everything([UsageGroup.Caller, UsageGroup.Model])));
        Assert.Equal(["half \uFFFD", "🙂"], row.Keys);
        Assert.Equal("a\uFFFDb", odd.RequestId);
        Assert.Equal((256, 0, "\uFFFD"), (odd.ModelAsked.Length, odd.Labels.Length, odd.Error));
    }

    // Half of them are the beginning of an hour, some of a day.
    private static DateTimeOffset Moment(Random random)
    {
        var time = UsageRecords.Start.AddMicroseconds(random.NextInt64((long)TimeSpan.FromHours(110).TotalMicroseconds)).AddHours(-5);
        return random.Next(4) switch
        {
            0 => new DateTimeOffset(time.Date, TimeSpan.Zero),
            1 => new DateTimeOffset(time.Year, time.Month, time.Day, time.Hour, 0, 0, TimeSpan.Zero),
            _ => time,
        };
    }

    private static UsageQuery Everything(IReadOnlyList<UsageGroup> groups) => new()
    {
        From = UsageRecords.Start.AddYears(-1),
        To = UsageRecords.Start.AddYears(1),
        GroupBy = groups,
    };

    private static Task<int> WriteAsync(TestStore store, UsageRecord[] records) =>
        store.AskAsync((connection, token) => UsageTable.Of(store.Store.Database.Dialect).WriteAsync(connection, records, token));

    private static async Task<IReadOnlyList<UsageRow>> ReadAsync(TestStore store, UsageQuery query) =>
        (await store.AskAsync((connection, token) => UsageSummary.ReadAsync(connection, query, token)))!;

    private static async Task AssertSummaryAsync(TestStore store, UsageRecord[] records, UsageQuery query)
    {
        var expected = records
            .Where(r => r.Time >= query.From && r.Time < query.To && (query.Caller is null || r.Caller == query.Caller))
            .GroupBy(r => string.Join('|', query.GroupBy.Select(g => KeyOf(r, g))), StringComparer.Ordinal)
            .Select(g => (g.Key, Sums: g.Aggregate(new UsageSums(), (sum, r) => sum + UsageSums.Of(r))))
            .OrderBy(g => g.Key, StringComparer.Ordinal);

        var rows = (await ReadAsync(store, query)).Select(row => (Key: string.Join('|', row.Keys), row.Sums));

        Assert.Equal(expected, rows.OrderBy(row => row.Key, StringComparer.Ordinal));
    }

    private static string KeyOf(UsageRecord record, UsageGroup group) => group switch
    {
        UsageGroup.Caller => record.Caller,
        UsageGroup.Model => record.Model,
        UsageGroup.Backend => record.Backend,
        UsageGroup.Endpoint => record.Endpoint,
        UsageGroup.Hour => record.Time.ToString("yyyy-MM-dd'T'HH':00:00Z'", System.Globalization.CultureInfo.InvariantCulture),
        _ => record.Time.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
    };
}
