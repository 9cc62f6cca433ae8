using Xunit;

namespace Penstock.Tests.Tools;

/// <summary>The server that tests share which do it no harm. It is started when the first of them asks for a database.</summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private PostgresCluster? _cluster;

    public Task InitializeAsync() => Task.CompletedTask;

    /// <summary>Makes an empty database, and gives its address.</summary>
    public async Task<string> NewDatabaseAsync() => await (_cluster ??= await PostgresCluster.StartAsync()).NewDatabaseAsync();

    public async Task DisposeAsync()
    {
        if (_cluster is not null) await _cluster.DisposeAsync();
    }
}
