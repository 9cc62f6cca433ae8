using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Penstock.Admission.Keys;
using Penstock.Configuration;
using Penstock.Storage;

namespace Penstock.Runtime;

/// <summary>
/// Follows the store's keys: reads what has changed when that is announced, and otherwise looks from time to time.
/// </summary>
internal sealed partial class KeySync(Store store, KeyReload reload, GatewayConfig config, TimeProvider time, ILogger<KeySync> logger) : BackgroundService
{
    // One row is read. A change is to be known within a second, whoever made it.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    // Behind announcements, in case one is lost with its connection and nobody has noticed yet.
    private static readonly TimeSpan IntervalWhileListening = TimeSpan.FromSeconds(5);

    // Many changes one after the other are put in force together: with so many keys that it takes long, it is done less often.
    private static readonly TimeSpan LeastBetween = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MostBetween = TimeSpan.FromMilliseconds(400);
    private const int TimesAsLong = 4;

    private volatile TaskCompletionSource _rung = NewSignal();
    private volatile bool _isListening;

    /// <summary>The keys are there for the first request: the store's, else those of the copy.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!store.IsConfigured) return;
        if (!store.IsUp || !await reload.FromStoreAsync(cancellationToken)) reload.FromCopy();
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Looks at once, and waits until a change is in force here.</summary>
    /// <param name="revision">The change.</param>
    /// <param name="patience">How long to wait at most: it will be in force a little later then.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask CatchUpAsync(long revision, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        Ring();
        try
        {
            while (true)
            {
                var changed = reload.Changed;
                if (reload.Revision >= revision) return;
                await changed.WaitAsync(either.Token);
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            // The change is in the store all the same.
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.WhenAll(FollowAsync(stoppingToken), ListenAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The gateway stops.
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Ring() => _rung.TrySetResult();

    private async Task FollowAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            var changed = store.Changed;
            if (store.IsUp)
            {
                if (_rung.Task.IsCompleted) _rung = NewSignal();
                var began = time.GetTimestamp();
                await reload.FromStoreAsync(stoppingToken);
                var took = time.GetElapsedTime(began) * TimesAsLong;
                var pause = took < LeastBetween ? LeastBetween : took > MostBetween ? MostBetween : took;
                await Task.Delay(pause, time, stoppingToken);
                await WaitAsync(changed, pause, stoppingToken);
            }
            else
            {
                await changed.WaitAsync(stoppingToken);
            }

            if (changed.IsCompleted) reload.Distrust();
        }
    }

    private async Task WaitAsync(Task changed, TimeSpan waited, CancellationToken stoppingToken)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var interval = Task.Delay((_isListening ? IntervalWhileListening : Interval) - waited, time, done.Token);
        await Task.WhenAny(_rung.Task, interval, changed);
        await done.CancelAsync();
        stoppingToken.ThrowIfCancellationRequested();
    }

    private async Task ListenAsync(CancellationToken stoppingToken)
    {
        // A file announces nothing.
        if (config is not { Store.Kind: StoreKind.Postgres }) return;
        var listener = new KeyListener(store.Database);
        while (true)
        {
            var changed = store.Changed;
            if (!store.IsUp)
            {
                await changed.WaitAsync(stoppingToken);
                continue;
            }

            var reason = await listener.RunAsync(Hear, stoppingToken);
            if (_isListening) Log.StoppedListening(logger, reason);
            _isListening = false;
            // The other loop is to look more often from now on.
            Ring();
            await Task.Delay(Interval, time, stoppingToken);
        }
    }

    private void Hear()
    {
        _isListening = true;
        Ring();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Changes of keys are not announced any more, and looked for instead: {Reason}")]
        public static partial void StoppedListening(ILogger logger, string reason);
    }
}
