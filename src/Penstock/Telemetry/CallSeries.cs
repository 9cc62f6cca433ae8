using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Penstock.Telemetry;

/// <summary>The metrics of the calls of one endpoint, model and backend: found once, then only added to.</summary>
internal sealed class CallSeries(CallLabels labels)
{
    private readonly ConcurrentDictionary<int, StrongBox<long>> _byStatus = new();
    private readonly Func<int, StrongBox<long>> _newCount = static _ => new StrongBox<long>();
    private long _errors;

    public CallLabels Labels => labels;
    public Histogram Duration { get; } = new(HistogramBuckets.Seconds);
    public Histogram TimeToFirstToken { get; } = new(HistogramBuckets.TokenSeconds);
    public Histogram TimePerOutputToken { get; } = new(HistogramBuckets.TokenSeconds);
    public Histogram Overhead { get; } = new(HistogramBuckets.OverheadSeconds);
    public Histogram PromptTokens { get; } = new(HistogramBuckets.Tokens);
    public Histogram CompletionTokens { get; } = new(HistogramBuckets.Tokens);

    /// <summary>Calls that did not give the caller a whole answer, whatever their status says.</summary>
    public long Errors => Interlocked.Read(ref _errors);

    public void Count(int status, bool isError)
    {
        Interlocked.Increment(ref _byStatus.GetOrAdd(status, _newCount).Value);
        if (isError) Interlocked.Increment(ref _errors);
    }

    /// <summary>Requests by status, in the order of the statuses.</summary>
    public KeyValuePair<int, long>[] CountsByStatus()
    {
        var counts = _byStatus.Select(s => KeyValuePair.Create(s.Key, Interlocked.Read(ref s.Value.Value))).ToArray();
        Array.Sort(counts, (a, b) => a.Key.CompareTo(b.Key));
        return counts;
    }

    public long Requests()
    {
        var sum = 0L;
        foreach (var count in _byStatus) sum += Interlocked.Read(ref count.Value.Value);
        return sum;
    }
}
