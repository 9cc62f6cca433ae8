namespace Penstock.Admission.Queue;

/// <summary>
/// What one caller has in line in one priority, in the order in which it came, and how it stands in the deficit round
/// robin. A round gives each caller a quantum of tokens; a call is served in the round in which its caller has saved
/// enough for it. That round is what is kept here, rather than a pointer that goes around: so a call that cannot use a
/// seat keeps its place, and holds up nobody.
/// </summary>
/// <param name="caller">The caller.</param>
/// <param name="order">Its place within a round among those that were never served.</param>
/// <param name="round">The round that is on.</param>
internal sealed class CallerFlow<T>(string caller, long order, long round)
{
    /// <summary>
    /// The tokens that a caller gets in a round: a short call's worth, and the least that a call counts for, so that nobody has
    /// several in a row. Less would only make more rounds, which cost nothing.
    /// </summary>
    public const long Quantum = 256;

    // The round in which it was served last, and what it had left then.
    private long _round = round;
    private long _credit;

    public string Caller => caller;
    public long Order => order;
    public QueueEntry<T>? First { get; private set; }
    public QueueEntry<T>? Last { get; private set; }
    public int Count { get; private set; }
    public long Bytes { get; private set; }

    /// <summary>The round in which its first call is due.</summary>
    public long DueRound { get; private set; }

    /// <summary>When it was served last, as a count of all calls that were; 0: never.</summary>
    public long LastServed { get; set; }

    /// <summary>Where a search has got to.</summary>
    public QueueEntry<T>? Probe { get; set; }

    public void Append(QueueEntry<T> entry)
    {
        entry.Flow = this;
        entry.Previous = Last;
        if (Last is null) First = entry;
        else Last.Next = entry;
        Last = entry;
        Count++;
        Bytes += entry.Bytes;
        if (First == entry) DueRound = RoundOf(entry);
    }

    public void Remove(QueueEntry<T> entry)
    {
        if (entry.Previous is null) First = entry.Next;
        else entry.Previous.Next = entry.Next;
        if (entry.Next is null) Last = entry.Previous;
        else entry.Next.Previous = entry.Previous;
        entry.Flow = null;
        entry.Previous = entry.Next = null;
        Count--;
        Bytes -= entry.Bytes;
        if (First is not null) DueRound = RoundOf(First);
    }

    /// <summary>Takes a call out that is served, and charges the caller for it.</summary>
    /// <param name="entry">The call: the first, unless that one could not use the seat.</param>
    /// <param name="current">The round that is on.</param>
    /// <returns>The round in which it was due.</returns>
    public long Serve(QueueEntry<T> entry, long current)
    {
        var due = RoundOf(entry);
        _credit += ((due - _round) * Quantum) - entry.Tokens;
        // Who could not be served for a while keeps its place, but rounds that have gone by are not made up for.
        _round = Math.Max(due, current);
        Remove(entry);
        return due;
    }

    private long RoundOf(QueueEntry<T> entry)
    {
        var missing = entry.Tokens - _credit;
        return missing <= 0 ? _round : _round + ((missing + Quantum - 1) / Quantum);
    }
}
