namespace Penstock.Configuration;

/// <summary>The <c>store</c> keys: where keys, usage and shared limits last. Read at start; a reload does not change it.</summary>
internal sealed record StoreConfig
{
    public required StoreKind Kind { get; init; }

    /// <summary>SQLite's file; relative to the working directory until <see cref="In"/> was asked. Empty for PostgreSQL.</summary>
    public string Path { get; init; } = "";

    /// <summary>The server; null for SQLite.</summary>
    public PostgresAddress? Postgres { get; init; }

    /// <summary>The same with its file's full name.</summary>
    /// <param name="directory">What a relative name is relative to.</param>
    public StoreConfig In(string directory) => Kind == StoreKind.Sqlite ? this with { Path = System.IO.Path.GetFullPath(Path, directory) } : this;
}
