using System.Data.Common;
using Penstock.Admission.Keys;
using Penstock.Configuration;
using Penstock.Storage;

namespace Penstock.Server.Commands;

/// <summary>The store of the configuration, its tables in order, for a command that does one thing with its keys.</summary>
internal static class KeysStore
{
    // A server that does not answer is somebody's to look at, not to wait for.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(15);

    /// <summary>Opens it and does something with its keys.</summary>
    /// <param name="file">The configuration file that was named; null: none was.</param>
    /// <param name="mayBeNew">Whether a file that does not exist is made.</param>
    /// <param name="work">What is done; it returns the exit code.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The exit code: 1 where there is no store, or it cannot be used.</returns>
    public static async Task<int> RunAsync(
        string? file, bool mayBeNew, Func<DbConnection, KeyTable, GatewayConfig, CancellationToken, ValueTask<int>> work, CancellationToken cancellationToken)
    {
        if (!EnvironmentFile.TryLoad(out var problem)) return KeysCommand.Fail(problem);
        var loader = new ConfigLoader(new ConfigSources { CommandLine = new ServeOptions { Config = file }.ToVariables() }, customTypes: []);
        var (config, errors) = loader.Load();
        if (config is null) return KeysCommand.Fail(string.Join('\n', errors));
        if (config.Store is not { } store) return KeysCommand.Fail("no store is configured (STORE, or 'store' in the configuration file): there is nowhere to keep keys");
        if (!mayBeNew && store.Kind == StoreKind.Sqlite && !File.Exists(store.Path)) return KeysCommand.Fail($"there is no {store.Path}");

        await using var database = Databases.Of(store)!;
        try
        {
            return await database.RunAsync((connection, token) => RunAsync(connection, database.Dialect, config, work, token), cancellationToken)
                .WaitAsync(Deadline, TimeProvider.System, cancellationToken);
        }
        catch (Exception e) when (e is DbException or InvalidOperationException or InvalidDataException or IOException or TimeoutException)
        {
            return KeysCommand.Fail($"{database.Description}: {e.Message}");
        }
    }

    private static async ValueTask<int> RunAsync(
        DbConnection connection, Dialect dialect, GatewayConfig config,
        Func<DbConnection, KeyTable, GatewayConfig, CancellationToken, ValueTask<int>> work, CancellationToken cancellationToken)
    {
        var migrator = new Migrator(Migration.All(dialect), TimeProvider.System);
        if (await migrator.RunAsync(connection, dialect, cancellationToken) is { } refusal) return KeysCommand.Fail(refusal);
        return await work(connection, new KeyTable(dialect), config, cancellationToken);
    }
}
