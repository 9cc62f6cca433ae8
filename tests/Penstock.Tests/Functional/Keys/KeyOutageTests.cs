using Penstock.Admission.Keys;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Keys;

/// <summary>PostgreSQL is down: nothing turns into 401.</summary>
public sealed class KeyOutageTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("penstock-outage-").FullName;
    private PostgresCluster? _cluster;

    private string Spool => Path.Combine(_directory, "spool");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_cluster is not null) await _cluster.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [PostgresFact]
    public async Task Start_StoreIsDown_KeysAreThoseOfTheCopyUntilItIsBack()
    {
        _cluster = await PostgresCluster.StartAsync();
        var store = await _cluster.NewDatabaseAsync();
        var (key, expiring, revoked) = await PrepareAsync(store);
        await _cluster.KillAsync();

        await using var gateway = await StartAsync(store);
        Assert.Equal(("200", "200", "401 expired", "401 revoked", "401 unknown"), (
            await KeyAdmin.CallAsync(gateway, "key-of-file"), await KeyAdmin.CallAsync(gateway, key), await KeyAdmin.CallAsync(gateway, expiring),
            await KeyAdmin.CallAsync(gateway, revoked.Key), await KeyAdmin.CallAsync(gateway, "pk-nobody")));
        await gateway.WaitForLogAsync("last known copy");
        using (var listed = await KeyAdmin.SendAsync(gateway, "GET", "/admin/keys"))
        using (var made = await KeyAdmin.SendAsync(gateway, "POST", "/admin/keys", """{"name":"b"}"""))
        {
            await listed.AssertErrorAsync(503, "store_unavailable", type: "server_error");
            await made.AssertErrorAsync(503, "store_unavailable", type: "server_error");
            Assert.NotNull(made.Headers.RetryAfter);
        }

        await _cluster.StartServerAsync();
        await Patience.UntilAsync(() => gateway.Get<Penstock.Storage.Store>().IsUp, "the store is up");
        await using var other = await StartAsync(store);
        var (_, late) = await KeyAdmin.CreateAsync(other, """{"name":"late"}""");
        await KeyAdmin.UntilAsync(gateway, late, "200");
        Assert.Equal("200", await KeyAdmin.CallAsync(gateway, key));
    }

    [PostgresFact]
    public async Task Start_StoreIsDownAndTheCopyIsTorn_UnknownKeysAre503()
    {
        _cluster = await PostgresCluster.StartAsync();
        var store = await _cluster.NewDatabaseAsync();
        var (key, _, _) = await PrepareAsync(store);
        await _cluster.KillAsync();
        var copy = Path.Combine(Spool, KeyCopy.FileName);
        var bytes = await File.ReadAllBytesAsync(copy);
        await File.WriteAllBytesAsync(copy, bytes[..^10]);

        await using var gateway = await StartAsync(store);
        Assert.Equal(("200", "503", "503"), (
            await KeyAdmin.CallAsync(gateway, "key-of-file"), await KeyAdmin.CallAsync(gateway, key), await KeyAdmin.CallAsync(gateway, "pk-nobody")));
        using var response = await gateway.ChatAsync("hi", ("Authorization", $"Bearer {key}"));
        await response.AssertErrorAsync(503, "store_unavailable", type: "server_error");
        Assert.NotNull(response.Headers.RetryAfter);
        await gateway.WaitForLogAsync("is not used: it is torn");

        await _cluster.StartServerAsync();
        await KeyAdmin.UntilAsync(gateway, key, "200");
        Assert.Equal("401 unknown", await KeyAdmin.CallAsync(gateway, "pk-nobody"));
    }

    [PostgresFact]
    public async Task Running_StoreGoesAway_NothingChangesUntilItIsBack()
    {
        _cluster = await PostgresCluster.StartAsync();
        var store = await _cluster.NewDatabaseAsync();
        await using var gateway = await StartAsync(store);
        var (id, key) = await KeyAdmin.CreateAsync(gateway, """{"name":"a"}""");

        _cluster.Freeze();
        Assert.Equal(("200", "401 unknown"), (await KeyAdmin.CallAsync(gateway, key), await KeyAdmin.CallAsync(gateway, "pk-nobody")));
        _cluster.Thaw();
        await _cluster.KillAsync();
        Assert.Equal(("200", "401 unknown"), (await KeyAdmin.CallAsync(gateway, key), await KeyAdmin.CallAsync(gateway, "pk-nobody")));

        await _cluster.StartServerAsync();
        await using var other = await StartAsync(store);
        await KeyAdmin.DoAsync(other, "DELETE", $"/admin/keys/{id}");
        await KeyAdmin.UntilAsync(gateway, key, "401 revoked");
    }

    // A good key, one that is expired by now, and one that is revoked; all of them are in the copy.
    private async Task<(string Key, string Expired, (string Id, string Key) Revoked)> PrepareAsync(string store)
    {
        await using var gateway = await StartAsync(store);
        var good = await KeyAdmin.CreateAsync(gateway, """{"name":"a"}""");
        var expired = await KeyAdmin.CreateAsync(gateway, """{"name":"expired"}""");
        await KeyAdmin.DoAsync(gateway, "PATCH", $"/admin/keys/{expired.Id}", """{"expires":"2020-01-01"}""");
        var revoked = await KeyAdmin.CreateAsync(gateway, """{"name":"revoked"}""");
        await KeyAdmin.DoAsync(gateway, "DELETE", $"/admin/keys/{revoked.Id}");
        Assert.Equal("401 revoked", await KeyAdmin.CallAsync(gateway, revoked.Key));
        // The copy is written right after the keys are in force.
        var copy = new KeyCopy(Path.Combine(Spool, KeyCopy.FileName), gateway.Get<Penstock.Storage.Store>().Description);
        await Patience.UntilAsync(() => copy.Read(out _)?.Keys.Count(key => key.Revoked is not null) == 1, "the copy has all of it");
        return (good.Key, expired.Key, revoked);
    }

    private Task<TestGateway> StartAsync(string store) => KeyAdmin.StartAsync(store, $"usage_spool: {Spool}");
}
