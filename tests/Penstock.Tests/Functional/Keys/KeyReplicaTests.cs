using Npgsql;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Keys;

/// <summary>Several gateways with one store: what one of them, or the command line, is told all of them know soon.</summary>
[Collection(nameof(PostgresGroup))]
public sealed class KeyReplicaTests(PostgresServer server)
{
    [Fact]
    public async Task Sqlite_TwoGateways_FollowEachOther()
    {
        var directory = Directory.CreateTempSubdirectory("penstock-replicas-").FullName;
        try
        {
            await FollowsAsync($"sqlite:{Path.Combine(directory, "shared.db")}");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [PostgresFact]
    public async Task Postgres_TwoGateways_FollowEachOther() => await FollowsAsync(await server.NewDatabaseAsync());

    [PostgresFact]
    public async Task Postgres_ListeningConnectionIsEnded_ChangesArriveAllTheSame()
    {
        var store = await server.NewDatabaseAsync();
        await using var one = await KeyAdmin.StartAsync(store);
        await using var other = await KeyAdmin.StartAsync(store);

        for (var round = 0; round < 3; round++)
        {
            await Patience.UntilAsync(() => EndListeners(store) == 2, "both gateways listen, and their connections are ended");
            var (id, key) = await KeyAdmin.CreateAsync(one, $$"""{"name":"after-{{round}}"}""");
            await KeyAdmin.UntilAsync(other, key, "200");
            await KeyAdmin.DoAsync(one, "DELETE", $"/admin/keys/{id}");
            await KeyAdmin.UntilAsync(other, key, "401 revoked");
        }

        await other.WaitForLogAsync("not announced any more");
    }

    [PostgresFact]
    public async Task Postgres_ManyKeysAtOnce_AllArrive()
    {
        var store = await server.NewDatabaseAsync();
        await using var one = await KeyAdmin.StartAsync(store);
        await using var other = await KeyAdmin.StartAsync(store);

        var made = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => KeyAdmin.CreateAsync(i % 2 == 0 ? one : other, $$"""{"name":"k{{i}}"}""")));

        foreach (var (_, key) in made)
        {
            await KeyAdmin.UntilAsync(one, key, "200");
            await KeyAdmin.UntilAsync(other, key, "200");
        }
    }

    private static async Task FollowsAsync(string store)
    {
        await using var one = await KeyAdmin.StartAsync(store);
        await using var other = await KeyAdmin.StartAsync(store);

        var (id, key) = await KeyAdmin.CreateAsync(one, """{"name":"a"}""");
        Assert.Equal("200", await KeyAdmin.CallAsync(one, key));
        await KeyAdmin.UntilAsync(other, key, "200");

        var rotated = (await KeyAdmin.DoAsync(other, "POST", $"/admin/keys/{id}/rotate", """{"grace_seconds":0}""")).Text("key")!;
        Assert.Equal(("401 expired", "200"), (await KeyAdmin.CallAsync(other, key), await KeyAdmin.CallAsync(other, rotated)));
        await KeyAdmin.UntilAsync(one, rotated, "200");
        Assert.Equal("401 expired", await KeyAdmin.CallAsync(one, key));

        await KeyAdmin.DoAsync(one, "DELETE", $"/admin/keys/{id}");
        await KeyAdmin.UntilAsync(other, rotated, "401 revoked");

        // Who starts later knows what was before it.
        await using var late = await KeyAdmin.StartAsync(store);
        Assert.Equal(("401 revoked", "401 unknown", "200"), (
            await KeyAdmin.CallAsync(late, rotated), await KeyAdmin.CallAsync(late, "pk-nobody"), await KeyAdmin.CallAsync(late, "key-of-file")));
    }

    // As an operator would end them, or a proxy in between that has had enough of them.
    private static long EndListeners(string store)
    {
        var address = new Uri(store);
        using var connection = new NpgsqlConnection(
            $"Host={address.Host};Port={address.Port};Username={address.UserInfo};Database={address.AbsolutePath.Trim('/')};Pooling=false;SslMode=Disable");
        connection.Open();
        using var count = new NpgsqlCommand("select count(*) from pg_stat_activity where datname = current_database() and query ilike 'listen %'", connection);
        var listening = (long)count.ExecuteScalar()!;
        if (listening < 2) return listening;
        using var end = new NpgsqlCommand(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and query ilike 'listen %'", connection);
        return (long)end.ExecuteScalar()!;
    }
}
