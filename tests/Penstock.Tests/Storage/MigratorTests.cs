using System.Data.Common;
using Penstock.Configuration;
using Penstock.Storage;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Storage;

/// <summary>The steps of the tables' history: taken once, in order, and not back.</summary>
[Collection(nameof(PostgresGroup))]
public sealed class MigratorTests(PostgresServer server) : IDisposable
{
    private static readonly Migration One = new(1, "one", "create table one (a bigint)");
    private static readonly Migration Two = new(2, "two", "create table two (a bigint); insert into two values (7); insert into two values (8)");

    private readonly string _directory = Directory.CreateTempSubdirectory("penstock-migrator-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public Task Sqlite_EmptyDatabase_TakesEveryStepOnce() => TakesEveryStepOnceAsync(Sqlite());

    [PostgresFact]
    public async Task Postgres_EmptyDatabase_TakesEveryStepOnce() => await TakesEveryStepOnceAsync(await PostgresAsync());

    [Fact]
    public Task Sqlite_SeveralAtOnce_TakeEachStepOnce() => SeveralAtOnceAsync(Sqlite());

    [PostgresFact]
    public async Task Postgres_SeveralAtOnce_TakeEachStepOnce() => await SeveralAtOnceAsync(await PostgresAsync());

    [Fact]
    public Task Sqlite_StepFails_LeavesNothingOfIt() => StepFailsAsync(Sqlite());

    [PostgresFact]
    public async Task Postgres_StepFails_LeavesNothingOfIt() => await StepFailsAsync(await PostgresAsync());

    [Fact]
    public Task Sqlite_NewerDatabase_IsRefused() => NewerAsync(Sqlite());

    [PostgresFact]
    public async Task Postgres_NewerDatabase_IsRefused() => await NewerAsync(await PostgresAsync());

    [Fact]
    public async Task Sqlite_OtherStatementsUnderTheSameNumber_AreRefused()
    {
        await using var database = Sqlite();
        await MigrateAsync(database, One);

        var refusal = await MigrateAsync(database, One with { Sql = "create table one (b bigint)" });

        Assert.Contains("step 1 (one)", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public void All_AreNumberedWithoutAGap(string dialect)
    {
        var all = Migration.All(dialect == "sqlite" ? Dialect.Sqlite : Dialect.Postgres);

        Assert.NotEmpty(all);
        Assert.Equal(Enumerable.Range(1, all.Count), all.Select(m => m.Number));
        Assert.DoesNotContain(all, m => m.Sql.Contains('{', StringComparison.Ordinal));
    }

    private static async Task TakesEveryStepOnceAsync(Database database)
    {
        await using var owned = database;
        var none = await MigrateAsync(database, One);
        var again = await MigrateAsync(database, One, Two);
        var third = await MigrateAsync(database, One, Two);

        Assert.All(new[] { none, again, third }, Assert.Null);
        Assert.Equal(15L, await ScalarAsync(database, "select cast(sum(a) as bigint) from two"));
        Assert.Equal(2L, await ScalarAsync(database, "select count(*) from penstock_migrations"));
    }

    private static async Task SeveralAtOnceAsync(Database database)
    {
        await using var owned = database;
        var refusals = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            await using var connection = await database.OpenAsync(default);
            return await new Migrator([One, Two], TimeProvider.System).RunAsync(connection, database.Dialect, default);
        })));

        Assert.All(refusals, Assert.Null);
        Assert.Equal(15L, await ScalarAsync(database, "select cast(sum(a) as bigint) from two"));
    }

    private static async Task StepFailsAsync(Database database)
    {
        await using var owned = database;
        var broken = Two with { Sql = "create table two (a bigint); insert into nowhere values (1)" };

        await Assert.ThrowsAnyAsync<DbException>(() => MigrateAsync(database, One, broken));
        var refusal = await MigrateAsync(database, One, Two);

        Assert.Null(refusal);
        Assert.Equal(15L, await ScalarAsync(database, "select cast(sum(a) as bigint) from two"));
    }

    private static async Task NewerAsync(Database database)
    {
        await using var owned = database;
        await MigrateAsync(database, One, Two);

        var refusal = await MigrateAsync(database, One);

        Assert.Contains("newer than this version", refusal, StringComparison.Ordinal);
        Assert.Contains("step 2 (two)", refusal, StringComparison.Ordinal);
    }

    private static Task<string?> MigrateAsync(Database database, params Migration[] migrations) => database.RunAsync(
        (connection, token) => new Migrator(migrations, TimeProvider.System).RunAsync(connection, database.Dialect, token), default);

    private static Task<object?> ScalarAsync(Database database, string sql) => database.RunAsync(
        async (connection, token) =>
        {
            await using var command = connection.Command(sql);
            return await command.ExecuteScalarAsync(token);
        },
        default);

    private SqliteDatabase Sqlite() => new(Path.Combine(_directory, "test.db"));

    private async Task<Database> PostgresAsync()
    {
        Assert.True(StoreReader.TryParse(await server.NewDatabaseAsync(), out var store, out _));
        return Databases.Of(store)!;
    }
}
