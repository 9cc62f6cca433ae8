using Microsoft.Extensions.Logging;
using Penstock.Storage;
using Penstock.Telemetry;

namespace Penstock.Accounting.Ledger;

/// <summary>
/// Takes records from the queue, in batches: to the store, and to the spool where the store has not taken
/// them within a moment. From its arrival in the queue a record is on a disk after <see cref="Linger"/> and <see cref="Patience"/>, which leaves
/// a slow machine as long again of the 200 ms that a kill may cost.
/// </summary>
internal sealed partial class LedgerWriter(
    UsageLedger ledger, LedgerSink sink, UsageSpool spool, Store store, GatewayMetrics metrics, TimeProvider time, ILogger<LedgerWriter> logger)
{
    /// <summary>How long records gather for a batch: an fsync costs more than all of them.</summary>
    public static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a batch waits for the store before it is spooled as well.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(500);

    // A batch that the store has taken longer for than anybody waited.
    private Task _storing = Task.CompletedTask;
    private volatile bool _isStopping;
    private bool _isTroubled;

    /// <summary>Runs until the queue is complete and empty.</summary>
    public async Task RunAsync()
    {
        var batch = new List<UsageRecord>();
        while (await ledger.Queue.WaitToReadAsync())
        {
            if (ledger.Queue.Count < LedgerSink.BatchSize && !_isStopping) await Task.Delay(Linger, time);
            batch.Clear();
            while (batch.Count < LedgerSink.BatchSize && ledger.Queue.TryRead(out var record)) batch.Add(UsageText.Clean(record));
            // A batch of its own: the store may still be at it when the next one is gathered.
            if (batch.Count > 0) await KeepAsync([.. batch]);
        }

        await _storing;
    }

    /// <summary>What cannot be kept now is given up instead of being tried again.</summary>
    public void Stop() => _isStopping = true;

    // To the store if it is free, and to the spool where that takes too long: with its own copy there nobody has to wait for it.
    private async Task KeepAsync(IReadOnlyList<UsageRecord> batch)
    {
        if (!store.IsUp || !_storing.IsCompleted)
        {
            await SpoolAsync(batch);
            return;
        }

        var storing = sink.TryWriteAsync(batch);
        if (await Task.WhenAny(storing, Task.Delay(Patience, time)) == storing)
        {
            if (!await storing) await SpoolAsync(batch);
            return;
        }

        if (spool.TryAppendClaimed(batch, out var segment) is null) metrics.CountSpooledUsage(batch.Count);
        _storing = FinishAsync(storing, batch, segment);
    }

    private async Task FinishAsync(Task<bool> storing, IReadOnlyList<UsageRecord> batch, string? segment)
    {
        var isStored = await storing;
        if (segment is not null) spool.Release(segment, isStored);
        else if (!isStored) await SpoolAsync(batch);
    }

    private async Task SpoolAsync(IReadOnlyList<UsageRecord> batch)
    {
        while (spool.TryAppend(batch) is { } trouble)
        {
            if (!_isTroubled) Log.NoRoom(logger, spool.Folder, trouble);
            _isTroubled = true;
            // The store may be back sooner than the disk. Meanwhile the queue fills, and what it has no room for is counted.
            if (store.IsUp && await sink.TryWriteAsync(batch)) return;
            if (_isStopping)
            {
                ledger.NoteLost(batch.Count, "disk");
                return;
            }

            await Task.Delay(BetweenTries, time);
        }

        _isTroubled = false;
        metrics.CountSpooledUsage(batch.Count);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Usage records can neither be stored nor kept in {Folder}: {Trouble}. They wait in memory")]
        public static partial void NoRoom(ILogger logger, string folder, string trouble);
    }
}
