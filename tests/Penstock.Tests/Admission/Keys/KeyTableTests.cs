using System.Data.Common;
using Penstock.Admission.Keys;
using Penstock.Configuration;
using Penstock.Storage;
using Penstock.Tests.Storage;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Admission.Keys;

/// <summary>The store's keys, in both stores.</summary>
[Collection(nameof(PostgresGroup))]
public sealed class KeyTableTests(PostgresServer server)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private static readonly DateTimeOffset Now = TestKeys.Start;

    private static readonly KeyTerms Everything = new()
    {
        Models = ["llama-*", "qwen, \"7b\" ü"],
        Expires = Now.AddDays(1),
        Limits = "standard",
        Budget = new BudgetConfig(8_999_999.000001m, BudgetPeriod.Week),
        Priority = CallerPriority.High,
        Labels = new Dictionary<string, string> { ["team"] = "search", ["who'"] = "x;--" },
    };

    [Fact]
    public async Task Sqlite_Key_ComesBackAsItWas() => await ComesBackAsync(await TestStore.StartAsync());

    [PostgresFact]
    public async Task Postgres_Key_ComesBackAsItWas() => await ComesBackAsync(await PostgresAsync());

    [Fact]
    public async Task Sqlite_Names_AreOneKeysAtATime() => await NamesAsync(await TestStore.StartAsync());

    [PostgresFact]
    public async Task Postgres_Names_AreOneKeysAtATime() => await NamesAsync(await PostgresAsync());

    [Fact]
    public async Task Sqlite_Changes_AreThoseSince() => await ChangesAsync(await TestStore.StartAsync());

    [PostgresFact]
    public async Task Postgres_Changes_AreThoseSince() => await ChangesAsync(await PostgresAsync());

    [PostgresFact]
    public async Task Postgres_ManyWriters_WhoeverFollowsMissesNothing()
    {
        await using var store = await PostgresAsync();
        var table = new KeyTable(store.Store.Database.Dialect);
        const int each = 25;
        var writers = Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < each; i++)
            {
                var added = await DoAsync(store, (connection, token) => table.AddAsync(connection, New($"w{writer}-{i}"), token));
                Assert.Equal(KeyOutcome.Done, added.Outcome);
            }
        })).ToArray();

        var picture = KeyPicture.Unread;
        var writing = Task.WhenAll(writers);
        bool isLast;
        do
        {
            isLast = writing.IsCompleted;
            picture = picture.With(await DoAsync(store, (connection, token) => KeyTable.ReadChangesAsync(connection, picture.Revision, Now, token)));
        }
        while (!isLast);

        await writing;
        Assert.Equal(4 * each, picture.Keys.Count);
        Assert.Equal(Enumerable.Range(1, 4 * each).Select(i => (long)i), picture.Keys.Select(key => key.Revision).Order());
    }

    [Fact]
    public async Task Sqlite_RowOfSomebodyElse_IsLeftOutAndSaid()
    {
        await using var store = await TestStore.StartAsync();
        var table = new KeyTable(store.Store.Database.Dialect);
        var (good, bad) = (New("good"), New("bad"));
        foreach (var key in (StoredKey[])[good, bad]) await DoAsync(store, (connection, token) => table.AddAsync(connection, key, token));
        await DoAsync(store, (connection, token) => connection.ExecuteAsync("update access_keys set models = 'all' where name = 'bad'", token));

        var changes = await DoAsync(store, (connection, token) => KeyTable.ReadChangesAsync(connection, KeyTable.Nothing, Now, token));

        Assert.Equal([good.Id], changes.Keys.Select(key => key.Id));
        Assert.Equal([bad.Id], changes.Unreadable);
        Assert.Equal(2, changes.Revision);
    }

    private static async Task ComesBackAsync(TestStore owned)
    {
        await using var store = owned;
        var table = new KeyTable(store.Store.Database.Dialect);
        var key = StoredKey.New("search ü", Everything, KeySecret.New(), Now).Rotate(KeySecret.New(), TimeSpan.FromHours(1), Now);

        var added = await DoAsync(store, (connection, token) => table.AddAsync(connection, key, token));
        var plain = await DoAsync(store, (connection, token) => table.AddAsync(connection, New("plain"), token));
        var found = await DoAsync(store, (connection, token) => KeyTable.FindAsync(connection, key.Id, token));
        var changed = await DoAsync(store, (connection, token) => table.ChangeAsync(connection, key.Id, k => k with { Terms = new KeyTerms() }, token));
        var foundPlain = await DoAsync(store, (connection, token) => KeyTable.FindByNameAsync(connection, "plain", token));

        Assert.Equal((KeyOutcome.Done, KeyOutcome.Done, KeyOutcome.Done), (added.Outcome, plain.Outcome, changed.Outcome));
        Assert.Equal(KeyText.Write(key with { Revision = 1 }), KeyText.Write(found));
        Assert.Equal(KeyText.Write(key with { Terms = new KeyTerms(), Revision = 3 }), KeyText.Write(changed.Key));
        Assert.Equal(KeyText.Write(plain.Key), KeyText.Write(foundPlain));
        Assert.Null(await DoAsync(store, (connection, token) => KeyTable.FindAsync(connection, "key_none", token)));
    }

    private static async Task NamesAsync(TestStore owned)
    {
        await using var store = owned;
        var table = new KeyTable(store.Store.Database.Dialect);
        var first = New("a");

        await DoAsync(store, (connection, token) => table.AddAsync(connection, first, token));
        var taken = await DoAsync(store, (connection, token) => table.AddAsync(connection, New("a"), token));
        var revoked = await DoAsync(store, (connection, token) => table.ChangeAsync(connection, first.Id, k => k with { Revoked = Now }, token));
        var again = await DoAsync(store, (connection, token) => table.ChangeAsync(connection, first.Id, k => k with { Revoked = Now.AddDays(1) }, token));
        var second = await DoAsync(store, (connection, token) => table.AddAsync(connection, New("a"), token));
        var nobody = await DoAsync(store, (connection, token) => table.ChangeAsync(connection, "key_none", k => k, token));
        var live = await DoAsync(store, (connection, token) => KeyTable.ListAsync(connection, withRevoked: false, token));
        var all = await DoAsync(store, (connection, token) => KeyTable.ListAsync(connection, withRevoked: true, token));
        var byName = await DoAsync(store, (connection, token) => KeyTable.FindByNameAsync(connection, "a", token));

        Assert.Equal((KeyOutcome.NameTaken, first.Id), (taken.Outcome, taken.Key!.Id));
        Assert.Equal((KeyOutcome.Done, KeyOutcome.Revoked, KeyOutcome.Done, KeyOutcome.NotFound), (revoked.Outcome, again.Outcome, second.Outcome, nobody.Outcome));
        Assert.Equal(Now, again.Key!.Revoked);
        // What was refused has used no revision.
        Assert.Equal(3, second.Key!.Revision);
        Assert.Equal([second.Key.Id], live.Select(key => key.Id));
        Assert.Equal(2, all.Count);
        Assert.Equal(second.Key.Id, byName!.Id);
    }

    private static async Task ChangesAsync(TestStore owned)
    {
        await using var store = owned;
        var table = new KeyTable(store.Store.Database.Dialect);
        var keys = Enumerable.Range(0, 5).Select(i => New($"k{i}")).ToArray();
        foreach (var key in keys) await DoAsync(store, (connection, token) => table.AddAsync(connection, key, token));
        await DoAsync(store, (connection, token) => table.ChangeAsync(connection, keys[0].Id, k => k with { Revoked = Now.AddDays(-29) }, token));
        await DoAsync(store, (connection, token) => table.ChangeAsync(connection, keys[1].Id, k => k with { Revoked = Now.AddDays(-31) }, token));

        Task<KeyChanges> Since(long revision) => DoAsync(store, (connection, token) => KeyTable.ReadChangesAsync(connection, revision, Now, token));
        var (none, some, all, later) = (await Since(7), await Since(5), await Since(KeyTable.Nothing), await Since(8));

        Assert.Equal((7, false, 0), (none.Revision, none.IsAll, none.Keys.Count));
        Assert.Equal([keys[0].Id, keys[1].Id], some.Keys.OrderBy(key => key.Revision).Select(key => key.Id));
        Assert.False(some.IsAll);
        // Revoked long ago: forgotten. And a store that knows less than we do is another one: all of it counts.
        foreach (var complete in (KeyChanges[])[all, later])
        {
            Assert.Equal((7, true, 4), (complete.Revision, complete.IsAll, complete.Keys.Count));
            Assert.DoesNotContain(complete.Keys, key => key.Id == keys[1].Id);
        }
    }

    private static StoredKey New(string name) => StoredKey.New(name, new KeyTerms(), KeySecret.New(), Now);

    private static async Task<T> DoAsync<T>(TestStore store, Func<DbConnection, CancellationToken, ValueTask<T>> work)
    {
        var answer = await store.Store.RunAsync(work, Deadline);
        Assert.True(answer.IsDone, answer.Message);
        return answer.Value!;
    }

    private async Task<TestStore> PostgresAsync() => await TestStore.StartAsync(await server.NewDatabaseAsync());
}
