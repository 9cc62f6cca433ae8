using Microsoft.Extensions.Hosting;

namespace Penstock.Storage;

/// <summary>
/// Brings the store up, at start and whenever it was down: its tables are put in order, and it has to answer. The gateway
/// starts without it where it takes longer than a moment.
/// </summary>
internal sealed class StoreWatch(Store store, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan AtStart = TimeSpan.FromSeconds(2);

    // A large step of the tables takes as long as it takes.
    private static readonly TimeSpan ForTables = TimeSpan.FromMinutes(10);

    private readonly TaskCompletionSource _tried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isMigrated;

    /// <summary>Waits a moment for the first try, so that in the usual case the store is there for the first request.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await base.StartAsync(cancellationToken);
        try
        {
            await _tried.Task.WaitAsync(AtStart, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            store.Set(StoreStanding.Starting, "it has not answered yet");
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (store.Standing is not (StoreStanding.None or StoreStanding.Refused))
            {
                var changed = store.Changed;
                if (store.IsUp) await changed.WaitAsync(stoppingToken);
                else if (!await TryAsync(stoppingToken)) await Task.Delay(Interval, time, stoppingToken);
                _tried.TrySetResult();
            }
        }
        catch (OperationCanceledException)
        {
            // The gateway stops.
        }

        _tried.TrySetResult();
    }

    private async ValueTask<bool> TryAsync(CancellationToken cancellationToken)
    {
        if (!_isMigrated)
        {
            var migrator = new Migrator(Migration.All(store.Database.Dialect), time);
            var answer = await store.AskAsync(
                (connection, token) => migrator.RunAsync(connection, store.Database.Dialect, token), ForTables, isReading: false, cancellationToken);
            if (answer.IsDone && answer.Value is { } refusal)
            {
                store.Set(StoreStanding.Refused, refusal);
                return false;
            }

            _isMigrated = answer.IsDone;
            store.Set(answer.IsDone ? StoreStanding.Up : StoreStanding.Starting, answer.Message);
            return answer.IsDone;
        }

        var alive = await store.AskAsync(
            async (connection, token) => await connection.ExecuteAsync("select 1", token), AtStart, isReading: false, cancellationToken);
        store.Set(alive.IsDone ? StoreStanding.Up : StoreStanding.Down, alive.Message);
        return alive.IsDone;
    }
}
