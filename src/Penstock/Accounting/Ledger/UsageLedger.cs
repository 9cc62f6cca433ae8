using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Penstock.Storage;
using Penstock.Telemetry;

namespace Penstock.Accounting.Ledger;

/// <summary>
/// Where calls are written down. Nobody waits here: records go into a bounded queue, and <see cref="LedgerWriter"/> takes
/// them from there to the store. Without a store nothing is kept.
/// </summary>
internal sealed partial class UsageLedger(Store store, GatewayMetrics metrics, TimeProvider time, ILogger<UsageLedger> logger)
{
    /// <summary>How many records wait at most: those of three seconds at the pace that SQLite keeps up with, some 40 MB.</summary>
    public const int Capacity = 65_536;

    private static readonly TimeSpan BetweenWords = TimeSpan.FromSeconds(10);

    private readonly Channel<UsageRecord> _queue = Channel.CreateBounded<UsageRecord>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private readonly Lock _losing = new();
    private long _lost;
    private long _lastWord;

    /// <summary>Whether records are kept: those who would make one need not, where they are not.</summary>
    public bool IsKept => store.IsConfigured;

    internal ChannelReader<UsageRecord> Queue => _queue.Reader;

    /// <summary>Writes a call down, later. Never waits, never throws; what there is no room for is counted and said.</summary>
    public void Record(UsageRecord record)
    {
        if (IsKept && !_queue.Writer.TryWrite(record)) NoteLost(1, "queue_full");
    }

    /// <summary>Nothing more will come.</summary>
    internal void Complete() => _queue.Writer.TryComplete();

    /// <summary>Counts records that will be in no ledger, and says so, not more often than every ten seconds.</summary>
    /// <param name="count">How many.</param>
    /// <param name="reason">Why, as in the metric: <c>queue_full</c>, <c>disk</c> or <c>refused</c>.</param>
    internal void NoteLost(int count, string reason)
    {
        metrics.CountLostUsage(reason, count);
        lock (_losing)
        {
            _lost += count;
            var now = time.GetTimestamp();
            if (_lastWord != 0 && time.GetElapsedTime(_lastWord, now) < BetweenWords) return;
            _lastWord = now;
            Log.Lost(logger, _lost, reason);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Usage records were lost, {Count} since the start; the last ones for this reason: {Reason}")]
        public static partial void Lost(ILogger logger, long count, string reason);
    }
}
