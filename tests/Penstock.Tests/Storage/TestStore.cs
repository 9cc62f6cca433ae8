using System.Data.Common;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Penstock.Configuration;
using Penstock.Storage;

namespace Penstock.Tests.Storage;

/// <summary>A store that is up, watched as in the gateway; a SQLite file of its own where no address is given.</summary>
internal sealed class TestStore : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("penstock-store-").FullName;
    private readonly StoreWatch _watch;

    private TestStore(string? address)
    {
        Address = address ?? $"sqlite:{Path.Combine(_directory, "penstock.db")}";
        if (!StoreReader.TryParse(Address, out var config, out var error)) throw new ArgumentException(error, nameof(address));
        Store = new Store(Databases.Of(config), TimeProvider.System, NullLogger<Store>.Instance);
        _watch = new StoreWatch(Store, TimeProvider.System);
    }

    public string Address { get; }

    public Store Store { get; }

    /// <summary>A folder that is gone with the store.</summary>
    public string Folder => _directory;

    /// <summary>Asks for something, with all the patience of a test.</summary>
    public async Task<T> AskAsync<T>(Func<DbConnection, CancellationToken, ValueTask<T>> work) =>
        await Store.Database.RunAsync(work, CancellationToken.None);

    /// <summary>A whole number that a statement gives.</summary>
    public Task<long> NumberAsync(string sql) => AskAsync(async (connection, token) =>
    {
        await using var command = connection.Command(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(token), CultureInfo.InvariantCulture);
    });

    public static async Task<TestStore> StartAsync(string? address = null)
    {
        var store = new TestStore(address);
        await store._watch.StartAsync(CancellationToken.None);
        return store;
    }

    public async ValueTask DisposeAsync()
    {
        await _watch.StopAsync(CancellationToken.None);
        _watch.Dispose();
        await Store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
