using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Penstock.Telemetry;

/// <summary>The metrics of one priority in one pool's line.</summary>
/// <param name="pool">The pool.</param>
/// <param name="priority">The priority.</param>
/// <param name="publish">Shows a time to who listens besides.</param>
internal sealed class QueueSeries(string pool, string priority, Action<QueueSeries, TimeSpan> publish)
{
    private readonly ConcurrentDictionary<string, StrongBox<long>> _refused = new(StringComparer.Ordinal);
    private long _waiting;
    private long _bytes;

    public string Pool => pool;
    public string Priority => priority;

    /// <summary>How long those waited that got a seat.</summary>
    public Histogram Waited { get; } = new(HistogramBuckets.Seconds);

    /// <summary>How many wait.</summary>
    public long Waiting => Interlocked.Read(ref _waiting);

    /// <summary>How much their bodies hold.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Calls that got no seat: <c>full</c>, <c>shed</c> or <c>timeout</c>.</summary>
    public IEnumerable<(string Reason, long Count)> Refused => _refused.Select(r => (r.Key, Interlocked.Read(ref r.Value.Value)));

    /// <summary>A call waits.</summary>
    public void Entered(long bytes)
    {
        Interlocked.Increment(ref _waiting);
        Interlocked.Add(ref _bytes, bytes);
    }

    /// <summary>A call does not wait any more.</summary>
    /// <param name="bytes">What it held.</param>
    /// <param name="waited">How long it has waited for its seat; null: it got none.</param>
    public void Ended(long bytes, TimeSpan? waited)
    {
        Interlocked.Decrement(ref _waiting);
        Interlocked.Add(ref _bytes, -bytes);
        if (waited is not { } time) return;
        Waited.Record(time.Ticks / TimeSpan.TicksPerMicrosecond);
        publish(this, time);
    }

    /// <summary>A call got no seat.</summary>
    public void CountRefused(string reason) => Interlocked.Increment(ref _refused.GetOrAdd(reason, static _ => new StrongBox<long>()).Value);
}
