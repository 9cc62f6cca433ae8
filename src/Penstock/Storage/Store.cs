using System.Data.Common;
using Microsoft.Extensions.Logging;

namespace Penstock.Storage;

/// <summary>
/// The store as the rooms above see it: something that may be asked and may not answer. Nobody waits for it longer than
/// they said, and nobody asks while it is known to be down: <see cref="StoreWatch"/> finds out when it is back.
/// </summary>
internal sealed partial class Store(Database? database, TimeProvider time, ILogger<Store> logger) : IAsyncDisposable
{
    // One answer that is late is a checkpoint or a collection; so many in a row are a server that is not well.
    private const int FailuresInARow = 3;

    // Works that nobody waits for any more. They end by the database's own time limit, and hold a connection until then.
    private const int MostAbandoned = 6;

    private readonly Lock _changing = new();
    private volatile StoreStanding _standing = database is null ? StoreStanding.None : StoreStanding.Starting;
    private volatile TaskCompletionSource _changed = NewChanged();
    private volatile string? _trouble;
    private int _failures;
    private int _abandoned;

    public StoreStanding Standing => _standing;

    /// <summary>Whether one is configured.</summary>
    public bool IsConfigured => database is not null;

    public bool IsUp => _standing == StoreStanding.Up;

    /// <summary>Ends when <see cref="Standing"/> is another than now. Asked for before it, it misses no change.</summary>
    public Task Changed => _changed.Task;

    /// <summary>The database behind it, for whoever needs a connection of its own.</summary>
    public Database Database => database ?? throw new InvalidOperationException("No store is configured.");

    /// <summary>Which one it is, for people.</summary>
    public string Description => database?.Description ?? "none";

    /// <summary>Asks the store for something.</summary>
    /// <param name="work">What is done with a connection. It may still be done after the deadline; it must be safe to have been.</param>
    /// <param name="deadline">How long the caller waits, in all.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public ValueTask<StoreAnswer<T>> RunAsync<T>(
        Func<DbConnection, CancellationToken, ValueTask<T>> work, TimeSpan deadline, CancellationToken cancellationToken = default) =>
        IsUp ? AskAsync(work, deadline, isReading: false, cancellationToken) : ValueTask.FromResult(Unavailable<T>());

    /// <summary>The same for what only reads and may take long.</summary>
    public ValueTask<StoreAnswer<T>> ReadAsync<T>(
        Func<DbConnection, CancellationToken, ValueTask<T>> work, TimeSpan deadline, CancellationToken cancellationToken = default) =>
        IsUp ? AskAsync(work, deadline, isReading: true, cancellationToken) : ValueTask.FromResult(Unavailable<T>());

    /// <summary>Asks whether it is up or not: for <see cref="StoreWatch"/>.</summary>
    internal async ValueTask<StoreAnswer<T>> AskAsync<T>(
        Func<DbConnection, CancellationToken, ValueTask<T>> work, TimeSpan deadline, bool isReading, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _abandoned) >= MostAbandoned) return new StoreAnswer<T>(default, StoreFault.Deadline, "too much is waiting for it already");
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<T>? asked = null;
        try
        {
            asked = isReading ? Database.ReadAsync(work, waiting.Token) : Database.RunAsync(work, waiting.Token);
            var value = await asked.WaitAsync(deadline, time, cancellationToken);
            Volatile.Write(ref _failures, 0);
            return new StoreAnswer<T>(value, StoreFault.None, null);
        }
        catch (TimeoutException) when (asked is { IsCompleted: false })
        {
            Abandon(asked);
            await waiting.CancelAsync();
            var message = FormattableString.Invariant($"it did not answer within {deadline.TotalMilliseconds:0} ms");
            NoteFailure(message);
            return new StoreAnswer<T>(default, StoreFault.Deadline, message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            if (asked is not null) Abandon(asked);
            await waiting.CancelAsync();
            throw;
        }
        catch (Exception e)
        {
            var fault = Database.FaultOf(e);
            if (fault == StoreFault.Outage) NoteFailure(e.Message);
            return new StoreAnswer<T>(default, fault, e.Message);
        }
    }

    /// <summary>Says how it is.</summary>
    /// <param name="standing">What it comes to.</param>
    /// <param name="trouble">Why it is not up.</param>
    internal void Set(StoreStanding standing, string? trouble)
    {
        lock (_changing)
        {
            if (standing != StoreStanding.Up && trouble != _trouble) Log.Trouble(logger, Description, trouble ?? "it is not known why");
            _trouble = standing == StoreStanding.Up ? null : trouble;
            if (_standing == standing) return;
            if (standing == StoreStanding.Up) Log.Up(logger, Description);
            _standing = standing;
            var changed = _changed;
            _changed = NewChanged();
            changed.SetResult();
        }
    }

    public ValueTask DisposeAsync() => database?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static TaskCompletionSource NewChanged() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private StoreAnswer<T> Unavailable<T>() => new(default, StoreFault.Unavailable, _trouble ?? "there is none");

    private void NoteFailure(string message)
    {
        if (Interlocked.Increment(ref _failures) < FailuresInARow || !IsUp) return;
        Volatile.Write(ref _failures, 0);
        Database.Forget();
        Set(StoreStanding.Down, message);
    }

    private void Abandon(Task work)
    {
        Interlocked.Increment(ref _abandoned);
        // Its exception is nobody's any more, and is looked at so that it is not an unobserved one.
        _ = work.ContinueWith(
            ended =>
            {
                _ = ended.Exception;
                Interlocked.Decrement(ref _abandoned);
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The store {Store} cannot be used: {Trouble}")]
        public static partial void Trouble(ILogger logger, string store, string trouble);

        [LoggerMessage(2, LogLevel.Information, "The store {Store} is in use")]
        public static partial void Up(ILogger logger, string store);
    }
}
