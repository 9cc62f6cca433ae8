namespace Penstock.Admission.Queue;

/// <summary>
/// Callers that have nothing in line and something saved, until they come again. A bounded number of them for a bounded time:
/// who has left first is forgotten first.
/// </summary>
internal sealed class KeptFlows<T>
{
    /// <summary>How many there are at most.</summary>
    public const int Most = 4096;

    /// <summary>For how long: longer than anybody is told to stay away.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    private readonly Dictionary<string, LinkedListNode<Kept>> _byCaller = new(StringComparer.Ordinal);
    private readonly LinkedList<Kept> _oldestFirst = [];

    /// <summary>A caller has left.</summary>
    /// <param name="flow">What it has saved. It is not here yet.</param>
    /// <param name="now">The moment.</param>
    public void Keep(CallerFlow<T> flow, TimeSpan now)
    {
        while (_oldestFirst.First is { } oldest && (_oldestFirst.Count >= Most || oldest.Value.Until <= now)) Remove(oldest);
        _byCaller.Add(flow.Caller, _oldestFirst.AddLast(new Kept(flow, now + Longest)));
    }

    /// <summary>A caller comes.</summary>
    /// <param name="caller">Who it is.</param>
    /// <param name="now">The moment.</param>
    /// <returns>What was kept of it, and is no more; null: nothing.</returns>
    public CallerFlow<T>? Take(string caller, TimeSpan now)
    {
        if (!_byCaller.TryGetValue(caller, out var kept)) return null;
        Remove(kept);
        return kept.Value.Until > now ? kept.Value.Flow : null;
    }

    private void Remove(LinkedListNode<Kept> kept)
    {
        _oldestFirst.Remove(kept);
        _byCaller.Remove(kept.Value.Flow.Caller);
    }

    private readonly record struct Kept(CallerFlow<T> Flow, TimeSpan Until);
}
