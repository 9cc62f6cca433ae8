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
