using System.Data.Common;

namespace Penstock.Storage;

/// <summary>A database: connections to it, and which of its exceptions mean what. Its two kinds are chosen once, at start.</summary>
internal abstract class Database : IAsyncDisposable
{
    public abstract Dialect Dialect { get; }

    /// <summary>Which one, for people: without user or password.</summary>
    public abstract string Description { get; }

    /// <summary>
    /// Does something with a connection that nobody else uses meanwhile, and that stays the database's. SQLite has one to
    /// write with, and does everything on a thread of its own.
    /// </summary>
    /// <param name="work">What is done. It runs to its end, or to the database's own time limit on a statement.</param>
    /// <param name="waiting">Ends the wait for a connection, not the work.</param>
    public abstract Task<T> RunAsync<T>(Func<DbConnection, CancellationToken, ValueTask<T>> work, CancellationToken waiting);

    /// <summary>The same for what only reads and may take long: nobody who writes waits for it.</summary>
    public abstract Task<T> ReadAsync<T>(Func<DbConnection, CancellationToken, ValueTask<T>> work, CancellationToken waiting);

    /// <summary>Opens a connection that is the caller's own, like one that listens.</summary>
    public abstract ValueTask<DbConnection> OpenAsync(CancellationToken cancellationToken);

    /// <summary>Forgets connections that are open and unused: the server behind them may be gone.</summary>
    public abstract void Forget();

    /// <summary>What an exception out of a work is about.</summary>
    public abstract StoreFault FaultOf(Exception exception);

    public abstract ValueTask DisposeAsync();
}
