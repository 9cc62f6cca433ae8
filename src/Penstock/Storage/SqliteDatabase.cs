using System.Data.Common;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Penstock.Storage;

/// <summary>
/// A file. One connection writes and one reads, each on a thread of its own; in WAL mode they do not wait for each other, nor
/// does another process that reads.
/// </summary>
internal sealed class SqliteDatabase : Database
{
    // Another process that writes, like penstock keys, is done in milliseconds.
    private const int BusyMilliseconds = 5_000;

    private readonly string _path;
    private readonly Side _writing;
    private readonly Side _reading;

    /// <param name="path">The file's full name. It is made where it is not there; its folder must be.</param>
    public SqliteDatabase(string path)
    {
        _path = path;
        _writing = new Side(this, "penstock-sqlite");
        _reading = new Side(this, "penstock-sqlite-read");
    }

    public override Dialect Dialect => Dialect.Sqlite;

    public override string Description => $"sqlite:{_path}";

    public override Task<T> RunAsync<T>(Func<DbConnection, CancellationToken, ValueTask<T>> work, CancellationToken waiting) =>
        _writing.RunAsync(work, waiting);

    public override Task<T> ReadAsync<T>(Func<DbConnection, CancellationToken, ValueTask<T>> work, CancellationToken waiting) =>
        _reading.RunAsync(work, waiting);

    public override ValueTask<DbConnection> OpenAsync(CancellationToken cancellationToken) => ValueTask.FromResult<DbConnection>(Open());

    public override void Forget()
    {
    }

    public override StoreFault FaultOf(Exception exception) => exception switch
    {
        SqliteException { SqliteErrorCode: raw.SQLITE_CONSTRAINT or raw.SQLITE_TOOBIG or raw.SQLITE_MISMATCH } => StoreFault.Values,
        SqliteException { SqliteErrorCode: raw.SQLITE_ERROR or raw.SQLITE_RANGE } => StoreFault.Statement,
        _ => StoreFault.Outage,
    };

    public override async ValueTask DisposeAsync()
    {
        await _writing.DisposeAsync();
        await _reading.DisposeAsync();
    }

    private SqliteConnection Open()
    {
        if (!SqliteLibrary.TryLoad()) throw new InvalidOperationException(SqliteLibrary.Missing);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = _path,
            // A pool would keep the file open after we have let go of it.
            Pooling = false,
            DefaultTimeout = BusyMilliseconds / 1000,
        }.ToString());
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
            // FULL: a commit has reached the disk, so that what is lost with the power is what would be lost with the process.
            // It costs one fsync a batch. The WAL is kept at 64 MiB after a long read has held it up.
            command.CommandText = $"""
                pragma busy_timeout = {BusyMilliseconds};
                pragma journal_mode = wal;
                pragma synchronous = full;
                pragma foreign_keys = on;
                pragma journal_size_limit = 67108864;
                pragma cache_size = -32768;
                pragma temp_store = memory;
                """;
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>A connection and its thread. Works take turns.</summary>
    private sealed class Side(SqliteDatabase database, string name) : IAsyncDisposable
    {
        private readonly SemaphoreSlim _turn = new(1);
        private SqliteThread? _thread;
        private SqliteConnection? _connection;
        private bool _isDisposed;

        public async Task<T> RunAsync<T>(Func<DbConnection, CancellationToken, ValueTask<T>> work, CancellationToken waiting)
        {
            await _turn.WaitAsync(waiting);
            try
            {
                ObjectDisposedException.ThrowIf(_isDisposed, database);
                _thread ??= new SqliteThread(name);
                // What the work awaits comes back to the same thread: its scheduler is the current one.
                return await Task.Factory.StartNew(
                    () => DoAsync(work), CancellationToken.None, TaskCreationOptions.DenyChildAttach, _thread).Unwrap();
            }
            finally
            {
                _turn.Release();
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _turn.WaitAsync();
            _isDisposed = true;
            if (_connection is not null) await _connection.DisposeAsync();
            _thread?.Dispose();
            _turn.Release();
        }

        private async Task<T> DoAsync<T>(Func<DbConnection, CancellationToken, ValueTask<T>> work)
        {
            _connection ??= database.Open();
            try
            {
                return await work(_connection, CancellationToken.None);
            }
            catch (SqliteException e) when (database.FaultOf(e) == StoreFault.Outage)
            {
                // Whatever state it is in: a new one finds out whether the file is to be had again.
                await _connection.DisposeAsync();
                _connection = null;
                throw;
            }
        }
    }
}
