using System.Collections.Frozen;

namespace Penstock.Storage;

/// <summary>
/// What differs between the stores' SQL. Statements are the same wherever that is possible; where a word differs they say
/// <c>{word}</c>: <c>{uuid}</c>, <c>{bytes}</c>, and <c>{clustered}</c> behind a table whose rows are to lie in the order of their key.
/// </summary>
/// <param name="Name">The name, as in the names of files of statements that only it understands.</param>
/// <param name="LockMigrations">Waits until nobody else migrates, to the end of the transaction; null: the transaction does.</param>
/// <param name="Words">What the words mean.</param>
internal sealed record Dialect(string Name, string? LockMigrations, FrozenDictionary<string, string> Words)
{
    /// <summary>A transaction that will write locks the file when it begins.</summary>
    public static Dialect Sqlite { get; } = new("sqlite", null, new Dictionary<string, string>
    {
        ["uuid"] = "blob",
        ["bytes"] = "blob",
        ["clustered"] = "without rowid",
    }.ToFrozenDictionary());

    /// <summary>The number is "penstock" in ASCII, to be nobody else's.</summary>
    public static Dialect Postgres { get; } = new("postgres", "select pg_advisory_xact_lock(8099000947049456491)", new Dictionary<string, string>
    {
        ["uuid"] = "uuid",
        ["bytes"] = "bytea",
        ["clustered"] = "",
    }.ToFrozenDictionary());

    /// <summary>Puts this store's words in place of the common ones.</summary>
    public string Translate(string sql)
    {
        foreach (var (word, meaning) in Words) sql = sql.Replace($"{{{word}}}", meaning, StringComparison.Ordinal);
        return sql;
    }
}
