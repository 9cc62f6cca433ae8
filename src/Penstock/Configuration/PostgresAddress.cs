namespace Penstock.Configuration;

/// <summary>Which PostgreSQL server, and as whom: what <c>postgres://user:password@host:port/database?sslmode=…</c> says.</summary>
internal sealed record PostgresAddress
{
    public const int DefaultPort = 5432;

    /// <summary>A name, an address, or the folder of a Unix socket.</summary>
    public required string Host { get; init; }

    public int Port { get; init; } = DefaultPort;

    public required string Database { get; init; }

    /// <summary>Null: whatever the driver takes, the name of the process's user.</summary>
    public string? User { get; init; }

    public string? Password { get; init; }

    /// <summary>One of libpq's words, like <c>verify-full</c>.</summary>
    public string SslMode { get; init; } = "prefer";

    /// <summary>The file with the certificates of those that may sign the server's; null: the system's.</summary>
    public string? RootCertificate { get; init; }
}
