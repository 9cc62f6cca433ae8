using Microsoft.Extensions.Logging;
using Penstock.Storage;

namespace Penstock.Accounting.Ledger;

/// <summary>
/// Brings what is in the spool to the store, whenever it is up: what was put there while it was not, and what earlier
/// processes have left. The store knows each record by its id, so that none counts twice.
/// </summary>
internal sealed partial class LedgerReplay(LedgerSink sink, UsageSpool spool, Store store, TimeProvider time, ILogger<LedgerReplay> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    // Processes of this machine that died and were not started again.
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMinutes(1);

    private bool _isTroubled;

    /// <summary>Runs until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        long? looked = null;
        try
        {
            while (true)
            {
                if (!store.IsUp)
                {
                    var changed = store.Changed;
                    if (!store.IsUp) await changed.WaitAsync(stopping);
                    continue;
                }

                if (looked is null || time.GetElapsedTime(looked.Value) > BetweenLooks)
                {
                    looked = time.GetTimestamp();
                    await ReplayAbandonedAsync(stopping);
                }

                await ReplayAsync(stopping);
                await Task.Delay(Interval, time, stopping);
            }
        }
        catch (OperationCanceledException)
        {
            // The gateway stops.
        }
    }

    /// <summary>Brings all that is in this process's lane to the store, as far as it takes it.</summary>
    public async Task ReplayAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var segment in spool.Seal())
            {
                if (!await ReplayAsync(segment, cancellationToken)) return;
                spool.Delete(segment);
            }

            _isTroubled = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            NoteTrouble(e);
        }
    }

    private async Task ReplayAbandonedAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var lane in SpoolLane.TakeAbandoned(spool.Folder))
            {
                using (lane)
                {
                    foreach (var segment in lane.Segments())
                    {
                        if (!await ReplayAsync(segment, cancellationToken)) return;
                        File.Delete(segment);
                    }
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            NoteTrouble(e);
        }
    }

    private async Task<bool> ReplayAsync(string segment, CancellationToken cancellationToken)
    {
        var count = 0;
        foreach (var batch in SpoolReader.Read(segment, LedgerSink.BatchSize, torn => Log.Torn(logger, segment, torn)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!await sink.TryWriteAsync(batch)) return false;
            count += batch.Count;
        }

        Log.Replayed(logger, count, segment);
        return true;
    }

    private void NoteTrouble(Exception e)
    {
        if (!_isTroubled) Log.Troubled(logger, spool.Folder, e.Message);
        _isTroubled = true;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Count} usage records that were kept in {Segment} are in the store")]
        public static partial void Replayed(ILogger logger, int count, string segment);

        [LoggerMessage(2, LogLevel.Warning, "The last {Bytes} bytes of {Segment} are no whole usage records: the process that wrote them ended in the middle")]
        public static partial void Torn(ILogger logger, string segment, int bytes);

        [LoggerMessage(3, LogLevel.Error, "Usage records may be in {Folder} and cannot be read: {Trouble}")]
        public static partial void Troubled(ILogger logger, string folder, string trouble);
    }
}
