using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Penstock.Storage;

/// <summary>
/// A statement that SQLite runs for row after row. Values go to their places by number, in order, without the parameter
/// objects and the look-ups by name that cost as much as the row itself.
/// </summary>
internal sealed class SqliteRows : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private int _place;

    public SqliteRows(SqliteConnection connection, string sql)
    {
        _database = connection.Handle!;
        Check(raw.sqlite3_prepare_v2(_database, sql, out _statement));
    }

    /// <summary>The value for the next place.</summary>
    public void Add(long value) => Check(raw.sqlite3_bind_int64(_statement, ++_place, value));

    /// <summary>The value for the next place.</summary>
    public void Add(string value) => Check(raw.sqlite3_bind_text(_statement, ++_place, value));

    /// <summary>The value for the next place.</summary>
    public void Add(ReadOnlySpan<byte> value) => Check(raw.sqlite3_bind_blob(_statement, ++_place, value));

    /// <summary>No value for the next place.</summary>
    public void AddNull() => Check(raw.sqlite3_bind_null(_statement, ++_place));

    /// <summary>Runs the statement with the values that were added; the next ones are for the next row.</summary>
    /// <returns>How many rows it changed.</returns>
    /// <exception cref="SqliteException">It failed.</exception>
    public int Run()
    {
        _place = 0;
        var result = raw.sqlite3_step(_statement);
        if (result != raw.SQLITE_DONE) Check(result);
        var changed = raw.sqlite3_changes(_database);
        Check(raw.sqlite3_reset(_statement));
        return changed;
    }

    public void Dispose() => _statement.Dispose();

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK) SqliteException.ThrowExceptionForRC(result, _database);
    }
}
