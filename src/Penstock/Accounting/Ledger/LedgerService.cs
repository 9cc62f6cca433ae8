using Microsoft.Extensions.Hosting;

namespace Penstock.Accounting.Ledger;

/// <summary>Runs the ledger as long as the gateway runs, and a moment longer: what the last requests used is written down, too.</summary>
internal sealed class LedgerService(UsageLedger ledger, LedgerWriter writer, LedgerReplay replay, UsageSpool spool, TimeProvider time)
    : IHostedLifecycleService, IDisposable
{
    // What is not in the store by then is in the spool, for the next start.
    private static readonly TimeSpan TimeToFinish = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource _stopping = new();
    private Task _writing = Task.CompletedTask;
    private Task _replaying = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!ledger.IsKept) return Task.CompletedTask;
        _writing = Task.Run(writer.RunAsync, CancellationToken.None);
        _replaying = Task.Run(() => replay.RunAsync(_stopping.Token), CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>After the server has stopped: no request is left.</summary>
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        if (!ledger.IsKept) return;
        writer.Stop();
        ledger.Complete();
        await _writing;
        await _stopping.CancelAsync();
        await _replaying;
        if (spool.IsEmpty) return;
        using var patience = new CancellationTokenSource(TimeToFinish, time);
        try
        {
            await replay.ReplayAsync(patience.Token).WaitAsync(TimeToFinish, time, cancellationToken);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // The spool has it.
        }
    }

    public void Dispose() => _stopping.Dispose();

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
