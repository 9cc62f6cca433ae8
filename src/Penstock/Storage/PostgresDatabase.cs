using System.Data.Common;
using Npgsql;
using Penstock.Configuration;

namespace Penstock.Storage;

/// <summary>A server. Its connections are pooled, few, and none of its statements takes longer than a few seconds.</summary>
internal sealed class PostgresDatabase : Database
{
    // Seconds. Whoever gave up long before is no longer there; this is when the connection is, too.
    private const int ConnectTimeout = 2;
    private const int CommandTimeout = 5;

    private readonly NpgsqlDataSource _source;
    private readonly string _description;

    public PostgresDatabase(PostgresAddress address)
    {
        _description = $"postgres://{address.Host}:{address.Port}/{address.Database}";
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = address.Host,
            Port = address.Port,
            Database = address.Database,
            Username = address.User,
            Password = address.Password,
            SslMode = Enum.Parse<SslMode>(address.SslMode.Replace("-", "", StringComparison.Ordinal), ignoreCase: true),
            RootCertificate = address.RootCertificate,
            ApplicationName = "penstock",
            Timeout = ConnectTimeout,
            CommandTimeout = CommandTimeout,
            // After a timeout the connection is given up at once instead of being asked to cancel: the server may be frozen.
            CancellationTimeout = -1,
            MaxPoolSize = 16,
            KeepAlive = 30,
        };
        _source = new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
    }

    public override Dialect Dialect => Dialect.Postgres;

    public override string Description => _description;

    public override async Task<T> RunAsync<T>(Func<DbConnection, CancellationToken, ValueTask<T>> work, CancellationToken waiting)
    {
        await using var connection = await _source.OpenConnectionAsync(waiting);
        return await work(connection, CancellationToken.None);
    }

    public override Task<T> ReadAsync<T>(Func<DbConnection, CancellationToken, ValueTask<T>> work, CancellationToken waiting) =>
        RunAsync(work, waiting);

    public override async ValueTask<DbConnection> OpenAsync(CancellationToken cancellationToken) =>
        await _source.OpenConnectionAsync(cancellationToken);

    public override void Forget() => _source.Clear();

    // The classes of SQLSTATE: data, constraints; rolled back in favour of another transaction, syntax or access rule. All
    // others are about the server.
    public override StoreFault FaultOf(Exception exception) => exception is not PostgresException e ? StoreFault.Outage : e.SqlState[..2] switch
    {
        "22" or "23" => StoreFault.Values,
        "40" or "42" => StoreFault.Statement,
        _ => StoreFault.Outage,
    };

    public override ValueTask DisposeAsync() => _source.DisposeAsync();
}
