using System.Data.Common;
using Penstock.Storage;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Storage;

/// <summary>A store that answers, is late, or is refused: what those get who ask.</summary>
public sealed class StoreTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Run_Up_GivesTheValue()
    {
        await using var store = await TestStore.StartAsync();

        var answer = await store.Store.RunAsync(One, Long);

        Assert.Equal(StoreStanding.Up, store.Store.Standing);
        Assert.True(answer.TryGet(out var value));
        Assert.Equal(1, value);
    }

    [Fact]
    public async Task Run_WrongStatement_SaysSo_AndTheStoreStaysUp()
    {
        await using var store = await TestStore.StartAsync();

        for (var i = 0; i < 10; i++)
        {
            var answer = await store.Store.RunAsync(
                async (connection, token) => await connection.ExecuteAsync("insert into nowhere values (1)", token), Long);

            Assert.Equal(StoreFault.Statement, answer.Fault);
            Assert.Contains("nowhere", answer.Message, StringComparison.Ordinal);
        }

        Assert.True(store.Store.IsUp);
    }

    [Fact]
    public async Task Run_Late_IsGivenUpAtTheDeadline_WhileTheWorkGoesOn()
    {
        await using var store = await TestStore.StartAsync();
        var release = new TaskCompletionSource();

        var late = await store.Store.RunAsync(
            async (_, _) =>
            {
                await release.Task;
                return 1;
            },
            TimeSpan.FromMilliseconds(20));
        release.SetResult();
        var next = await store.Store.RunAsync(One, Long);

        Assert.Equal(StoreFault.Deadline, late.Fault);
        Assert.True(next.IsDone);
    }

    [Fact]
    public async Task Run_LateAgainAndAgain_IsNotAskedAnyMore_UntilItAnswers()
    {
        await using var store = await TestStore.StartAsync();
        var release = new TaskCompletionSource();
        for (var i = 0; i < 3; i++) await store.Store.RunAsync(Wait, TimeSpan.FromMilliseconds(20));

        Assert.Equal(StoreStanding.Down, store.Store.Standing);
        var refused = await store.Store.RunAsync(One, Long);
        release.SetResult();
        await Patience.UntilAsync(() => store.Store.IsUp, "the store is up again");

        Assert.Equal(StoreFault.Unavailable, refused.Fault);
        Assert.True((await store.Store.RunAsync(One, Long)).IsDone);

        async ValueTask<int> Wait(DbConnection connection, CancellationToken token)
        {
            await release.Task;
            return 1;
        }
    }

    [Fact]
    public async Task Run_ALongRead_HoldsUpNoWrite()
    {
        await using var store = await TestStore.StartAsync();
        var release = new TaskCompletionSource();
        var reading = store.Store.ReadAsync(
            async (_, _) =>
            {
                await release.Task;
                return 1;
            },
            Long).AsTask();

        var answer = await store.Store.RunAsync(One, Long);
        release.SetResult();

        Assert.True(answer.IsDone);
        Assert.True((await reading).IsDone);
    }

    [Fact]
    public async Task Start_NewerDatabase_IsRefused()
    {
        await using var store = await TestStore.StartAsync();
        await store.AskAsync(async (connection, token) => await connection.ExecuteAsync(
            "insert into penstock_migrations values (9999, 'from-tomorrow', 'x', 0)", token));

        await using var older = await TestStore.StartAsync(store.Address);

        Assert.Equal(StoreStanding.Refused, older.Store.Standing);
        var answer = await older.Store.RunAsync(One, Long);
        Assert.Equal(StoreFault.Unavailable, answer.Fault);
        Assert.Contains("from-tomorrow", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_FolderIsMissing_ComesUpOnceItIsThere()
    {
        await using var other = await TestStore.StartAsync();
        var folder = Path.Combine(other.Folder, "later");
        await using var store = await TestStore.StartAsync($"sqlite:{Path.Combine(folder, "penstock.db")}");

        Assert.Equal(StoreStanding.Starting, store.Store.Standing);
        Directory.CreateDirectory(folder);
        await Patience.UntilAsync(() => store.Store.IsUp, "the store is up");
    }

    [Fact]
    public async Task None_IsNeverAsked()
    {
        await using var store = new Store(null, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<Store>.Instance);

        var answer = await store.RunAsync(One, Long);

        Assert.Equal(StoreFault.Unavailable, answer.Fault);
        Assert.False(store.IsConfigured);
    }

    internal static async ValueTask<int> One(DbConnection connection, CancellationToken cancellationToken)
    {
        await using var command = connection.Command("select 1");
        return Convert.ToInt32(await command.ExecuteScalarAsync(cancellationToken), System.Globalization.CultureInfo.InvariantCulture);
    }
}
