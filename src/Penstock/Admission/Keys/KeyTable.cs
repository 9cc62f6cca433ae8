using System.Data.Common;
using System.Globalization;
using Penstock.Storage;

namespace Penstock.Admission.Keys;

/// <summary>The store's keys. Every change is a transaction, has a number, and is announced where the store can do that.</summary>
internal sealed class KeyTable(Dialect dialect)
{
    /// <summary>Where changes are announced (PostgreSQL's NOTIFY).</summary>
    public const string Channel = "penstock_keys";

    /// <summary>Before the first revision: whoever knows nothing gets all keys.</summary>
    public const long Nothing = -1;

    // Whoever has one is told that it was revoked; later that it is unknown.
    private static readonly TimeSpan RevokedAreKnown = TimeSpan.FromDays(30);

    private const string Select = $"select {KeyRow.Columns} from access_keys";

    private static readonly string Insert =
        $"insert into access_keys ({KeyRow.Columns}) values ({string.Join(", ", KeyRow.Columns.Split(", ").Select(column => $"@{column}"))})";

    private static readonly string Update =
        $"update access_keys set {string.Join(", ", KeyRow.Columns.Split(", ").Skip(1).Select(column => $"{column} = @{column}"))} where id = @id";

    private readonly string? _announce = dialect == Dialect.Postgres ? $"notify {Channel}" : null;

    /// <summary>What has changed, or all keys where it cannot be said: to whoever knows nothing, or a later state than the store has.</summary>
    /// <param name="connection">A connection.</param>
    /// <param name="since">The last revision that is known.</param>
    /// <param name="now">Says which keys were revoked long ago, and are left out.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async ValueTask<KeyChanges> ReadChangesAsync(DbConnection connection, long since, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var revision = await RevisionAsync(connection, cancellationToken);
        if (revision == since) return new KeyChanges(revision, IsAll: false, [], []);
        var unreadable = new List<string>();
        var isAll = since == Nothing || revision < since;
        var keys = isAll
            ? await ReadAsync(connection, $"{Select} where revoked_at is null or revoked_at > @past", unreadable, cancellationToken, ("@past", StoredTime.Of(now - RevokedAreKnown)))
            : await ReadAsync(connection, $"{Select} where revision > @since", unreadable, cancellationToken, ("@since", since));
        // More may have been committed since the first statement: what was read goes as far as its latest change.
        return new KeyChanges(Math.Max(revision, keys.Count == 0 ? 0 : keys.Max(key => key.Revision)), isAll, keys, unreadable);
    }

    /// <summary>The keys in the order in which they were made.</summary>
    /// <param name="connection">A connection.</param>
    /// <param name="withRevoked">Whether those are among them that were revoked, however long ago.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static ValueTask<List<StoredKey>> ListAsync(DbConnection connection, bool withRevoked, CancellationToken cancellationToken) =>
        ReadAsync(connection, $"{Select} {(withRevoked ? "" : "where revoked_at is null ")}order by created_at, id", cancellationToken);

    public static async ValueTask<StoredKey?> FindAsync(DbConnection connection, string id, CancellationToken cancellationToken) =>
        (await ReadAsync(connection, $"{Select} where id = @id", cancellationToken, ("@id", id))).FirstOrDefault();

    /// <summary>The key that goes by a name now, or went by it last.</summary>
    public static async ValueTask<StoredKey?> FindByNameAsync(DbConnection connection, string name, CancellationToken cancellationToken)
    {
        var keys = await ReadAsync(connection, $"{Select} where name = @name order by created_at desc, id", cancellationToken, ("@name", name));
        return keys.Find(key => key.Revoked is null) ?? keys.FirstOrDefault();
    }

    public async ValueTask<KeyResult> AddAsync(DbConnection connection, StoredKey key, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        key = key with { Revision = await NextRevisionAsync(connection, cancellationToken) };
        var others = await ReadAsync(connection, $"{Select} where name = @name and revoked_at is null", cancellationToken, ("@name", key.Name));
        if (others.Count > 0) return new KeyResult(KeyOutcome.NameTaken, others[0]);
        await connection.ExecuteAsync(Insert, cancellationToken, KeyRow.Values(key));
        await CommitAsync(connection, transaction, cancellationToken);
        return new KeyResult(KeyOutcome.Done, key);
    }

    /// <summary>Changes a key that is not revoked.</summary>
    /// <param name="connection">A connection.</param>
    /// <param name="id">Which.</param>
    /// <param name="change">Makes of the key, as it is in this moment, the one that it is to be.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async ValueTask<KeyResult> ChangeAsync(DbConnection connection, string id, Func<StoredKey, StoredKey> change, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var revision = await NextRevisionAsync(connection, cancellationToken);
        var key = await FindAsync(connection, id, cancellationToken);
        if (key is null) return new KeyResult(KeyOutcome.NotFound, null);
        if (key.Revoked is not null) return new KeyResult(KeyOutcome.Revoked, key);
        var changed = change(key) with { Revision = revision };
        await connection.ExecuteAsync(Update, cancellationToken, KeyRow.Values(changed));
        await CommitAsync(connection, transaction, cancellationToken);
        return new KeyResult(KeyOutcome.Done, changed);
    }

    private async ValueTask CommitAsync(DbConnection connection, DbTransaction transaction, CancellationToken cancellationToken)
    {
        if (_announce is not null) await connection.ExecuteAsync(_announce, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static async ValueTask<long> NextRevisionAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync("update access_key_revision set value = value + 1", cancellationToken);
        return await RevisionAsync(connection, cancellationToken);
    }

    private static async ValueTask<long> RevisionAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        await using var command = connection.Command("select value from access_key_revision");
        return Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture);
    }

    private static ValueTask<List<StoredKey>> ReadAsync(
        DbConnection connection, string sql, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters) =>
        ReadAsync(connection, sql, [], cancellationToken, parameters);

    private static async ValueTask<List<StoredKey>> ReadAsync(
        DbConnection connection, string sql, List<string> unreadable, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters)
    {
        await using var command = connection.Command(sql, parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var keys = new List<StoredKey>();
        while (await reader.ReadAsync(cancellationToken))
        {
            if (KeyRow.Read(reader) is { } key) keys.Add(key);
            else unreadable.Add(reader.GetString(0));
        }

        return keys;
    }
}
