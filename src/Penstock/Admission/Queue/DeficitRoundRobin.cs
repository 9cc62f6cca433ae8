namespace Penstock.Admission.Queue;

/// <summary>
/// The callers of one priority, who take turns by tokens (deficit round robin, Shreedhar and Varghese 1995): what two of them
/// that wait all the time are served differs by a quantum and their largest call at most. Finding whose turn it is takes a
/// logarithm of the number of callers that wait.
/// </summary>
internal sealed class DeficitRoundRobin<T>
{
    // Within a round whoever was served longest ago is first, and a newcomer before all that have had something.
    private static readonly Comparer<CallerFlow<T>> ByTurn = Comparer<CallerFlow<T>>.Create((a, b) =>
        a.DueRound != b.DueRound ? a.DueRound.CompareTo(b.DueRound)
        : a.LastServed != b.LastServed ? a.LastServed.CompareTo(b.LastServed)
        : a.Order.CompareTo(b.Order));

    private readonly Dictionary<string, CallerFlow<T>> _byCaller = new(StringComparer.Ordinal);
    private readonly SortedSet<CallerFlow<T>> _byTurn = new(ByTurn);
    private readonly KeptFlows<T> _kept = new();
    private long _round;
    private long _flows;
    private long _served;

    public int Count { get; private set; }
    public long Bytes { get; private set; }
    public long Tokens { get; private set; }

    /// <summary>How many callers wait.</summary>
    public int Callers => _byCaller.Count;

    /// <summary>Whose turn it is; null: nobody waits.</summary>
    public QueueEntry<T>? Turn => _byTurn.Min?.First;

    /// <summary>What a caller has in line; null: nothing.</summary>
    public CallerFlow<T>? FlowOf(string caller) => _byCaller.GetValueOrDefault(caller);

    /// <param name="entry">Who stands in line from now on.</param>
    /// <param name="now">The moment, for this and all else: from some beginning.</param>
    public void Add(QueueEntry<T> entry, TimeSpan now)
    {
        if (!_byCaller.TryGetValue(entry.Caller, out var flow)) _byCaller[entry.Caller] = flow = FlowFor(entry.Caller, now);
        flow.Append(entry);
        if (flow.Count == 1) _byTurn.Add(flow);
        Note(entry, 1);
    }

    /// <summary>Takes somebody out who was not served. What its caller has saved for it is kept for when it comes again.</summary>
    public void Remove(QueueEntry<T> entry, TimeSpan now)
    {
        var flow = entry.Flow!;
        // Its place depends on its first call, which may change.
        _byTurn.Remove(flow);
        flow.Leave(entry, _round);
        PutBack(flow, now);
        Note(entry, -1);
    }

    /// <summary>Somebody was served after all who had been taken out.</summary>
    public void ServedLate(QueueEntry<T> entry, TimeSpan now)
    {
        var flow = FlowOf(entry.Caller) ?? _kept.Take(entry.Caller, now);
        if (flow is null) return;
        flow.ServedLate(entry.Tokens);
        if (flow.Count == 0 && flow.HasSaved) _kept.Keep(flow, now);
    }

    /// <summary>
    /// Offers a seat to those that wait, in the order of their turns: first each caller's first call, then each one's second,
    /// and so on. Who does not take it stays where it is.
    /// </summary>
    /// <param name="looks">To how many it is offered at most.</param>
    /// <param name="now">The moment.</param>
    /// <param name="take">Whether it is taken.</param>
    /// <returns>Who took it, and is out of the line; null: nobody did.</returns>
    public QueueEntry<T>? Serve(int looks, TimeSpan now, Func<T, bool> take)
    {
        if (looks > 0 && Turn is { } turn)
        {
            if (take(turn.Item)) return Serve(turn, now);
            looks--;
        }

        return Count > 1 ? ServeOther(looks, now, take) : null;
    }

    /// <summary>The caller that holds most of the line, by whichever measure is scarce.</summary>
    /// <param name="weigh">How much one holds.</param>
    public CallerFlow<T>? FindLargest(Func<CallerFlow<T>, double> weigh) => _byCaller.Count == 0 ? null : _byCaller.Values.MaxBy(weigh);

    /// <summary>The work that waits, of which no caller's counts for more than so much; but for one's own.</summary>
    public long TokensBefore(string? caller, long most) =>
        Tokens <= most ? Tokens : _byCaller.Values.Sum(flow => flow.Caller == caller ? flow.Tokens : Math.Min(flow.Tokens, most));

    private QueueEntry<T>? ServeOther(int looks, TimeSpan now, Func<T, bool> take)
    {
        foreach (var flow in _byTurn) flow.Probe = flow.First;
        // It has been asked already.
        _byTurn.Min!.Probe = _byTurn.Min.First!.Next;
        for (var isMore = true; isMore;)
        {
            isMore = false;
            foreach (var flow in _byTurn)
            {
                if (flow.Probe is not { } entry) continue;
                if (looks-- <= 0) return null;
                if (take(entry.Item)) return Serve(entry, now);
                flow.Probe = entry.Next;
                isMore = true;
            }
        }

        return null;
    }

    private QueueEntry<T> Serve(QueueEntry<T> entry, TimeSpan now)
    {
        var flow = entry.Flow!;
        _byTurn.Remove(flow);
        _round = Math.Max(_round, flow.Serve(entry, _round));
        flow.LastServed = ++_served;
        PutBack(flow, now);
        Note(entry, -1);
        return entry;
    }

    private CallerFlow<T> FlowFor(string caller, TimeSpan now)
    {
        if (_kept.Take(caller, now) is not { } flow) return new CallerFlow<T>(caller, _flows++, _round);
        flow.Return(_round);
        return flow;
    }

    // A caller with nothing in line has no credit either, but for what was saved for a call that had to go.
    private void PutBack(CallerFlow<T> flow, TimeSpan now)
    {
        if (flow.Count > 0)
        {
            _byTurn.Add(flow);
            return;
        }

        _byCaller.Remove(flow.Caller);
        // Who was asked last is gone, and must not be kept with it.
        flow.Probe = null;
        if (flow.HasSaved) _kept.Keep(flow, now);
    }

    private void Note(QueueEntry<T> entry, int sign)
    {
        Count += sign;
        Bytes += sign * entry.Bytes;
        Tokens += sign * entry.Tokens;
    }
}
