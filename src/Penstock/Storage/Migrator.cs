using System.Data.Common;

namespace Penstock.Storage;

/// <summary>
/// Brings the tables up to this version. Each step is a transaction of its own, recorded in it, and taken under a lock that
/// gateways that start together share.
/// </summary>
/// <param name="migrations">All steps, in order.</param>
/// <param name="time">Says when a step was taken.</param>
internal sealed class Migrator(IReadOnlyList<Migration> migrations, TimeProvider time)
{
    private const string History =
        "create table if not exists penstock_migrations (number integer primary key, name text not null, checksum text not null, applied_at bigint not null)";

    /// <returns>Null, or why the database is not one for this version.</returns>
    public async ValueTask<string?> RunAsync(DbConnection connection, Dialect dialect, CancellationToken cancellationToken)
    {
        for (var next = 0; next <= migrations.Count; next++)
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            if (dialect.LockMigrations is { } wait) await connection.ExecuteAsync(wait, cancellationToken);
            await connection.ExecuteAsync(History, cancellationToken);
            var applied = await ReadAsync(connection, cancellationToken);
            if (Refuse(applied) is { } refusal) return refusal;
            if (migrations.FirstOrDefault(m => !applied.ContainsKey(m.Number)) is { } migration) await ApplyAsync(connection, migration, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        return null;
    }

    private string? Refuse(Dictionary<int, (string Name, string Checksum)> applied)
    {
        foreach (var (number, (name, checksum)) in applied)
        {
            if (migrations.FirstOrDefault(m => m.Number == number) is not { } migration)
                return $"the database is newer than this version of Penstock: it has step {number} ({name}), which is not known here; start the newer version, or use another database";
            if (migration.Checksum != checksum)
                return $"the database was made by another build of Penstock: its step {number} ({name}) is not the one that is known here";
        }

        return null;
    }

    private async ValueTask ApplyAsync(DbConnection connection, Migration migration, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync(migration.Sql, cancellationToken);
        await connection.ExecuteAsync(
            "insert into penstock_migrations (number, name, checksum, applied_at) values (@number, @name, @checksum, @applied_at)",
            cancellationToken,
            ("@number", migration.Number), ("@name", migration.Name), ("@checksum", migration.Checksum), ("@applied_at", StoredTime.Of(time.GetUtcNow())));
    }

    private static async ValueTask<Dictionary<int, (string Name, string Checksum)>> ReadAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        await using var command = connection.Command("select number, name, checksum from penstock_migrations order by number");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var applied = new Dictionary<int, (string, string)>();
        while (await reader.ReadAsync(cancellationToken)) applied[reader.GetInt32(0)] = (reader.GetString(1), reader.GetString(2));
        return applied;
    }
}
