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

    // For those that could not be served before they had to go.
    private Savings _saved;

    public string Caller => caller;
    public long Order => order;
    public QueueEntry<T>? First { get; private set; }
    public QueueEntry<T>? Last { get; private set; }
    public int Count { get; private set; }
    public long Bytes { get; private set; }
    public long Tokens { get; private set; }

    /// <summary>Whether there is something to be kept when it has nothing in line.</summary>
    public bool HasSaved => _saved.Tokens > 0;

    /// <summary>The round in which its first call is due.</summary>
    public long DueRound { get; private set; }

    /// <summary>When it was served last, as a count of all calls that were; 0: never.</summary>
    public long LastServed { get; set; }

    /// <summary>Where a search has got to.</summary>
    public QueueEntry<T>? Probe { get; set; }

    /// <summary>It comes again, and begins like others: rounds in which it did not wait have brought it nothing.</summary>
    /// <param name="current">The round that is on.</param>
    public void Return(long current) => (_round, _credit) = (current, 0);

    public void Append(QueueEntry<T> entry)
    {
        entry.Flow = this;
        entry.Previous = Last;
        if (Last is null) First = entry;
        else Last.Next = entry;
        Last = entry;
        Count++;
        Bytes += entry.Bytes;
        Tokens += entry.Tokens;
        if (First == entry) DueRound = RoundOf(entry);
    }

    /// <summary>
    /// Takes a call out that was not served. Of the first one the rounds that went by meanwhile are kept: one that is dear needs
    /// more of them than it may have time for, and would else begin at nothing each time that it is tried again.
    /// </summary>
    /// <param name="entry">The call.</param>
    /// <param name="current">The round that is on.</param>
    public void Leave(QueueEntry<T> entry, long current)
    {
        if (entry == First)
        {
            _saved.Add(_credit + ((current - _round) * Quantum), entry.Tokens);
            Return(current);
        }

        Remove(entry);
    }

    /// <summary>A call of it got a seat at the last moment, when it had left already: for that nothing need be saved any more.</summary>
    public void ServedLate(long tokens) => _saved.Spend(Math.Min(_saved.Tokens, tokens));

    /// <summary>Takes a call out that is served, and charges the caller for it.</summary>
    /// <param name="entry">The call: the first, unless that one could not use the seat.</param>
    /// <param name="current">The round that is on.</param>
    /// <returns>The round in which it was due.</returns>
    public long Serve(QueueEntry<T> entry, long current)
    {
        var due = RoundOf(entry);
        var used = Math.Min(_saved.For(entry.Tokens), Math.Max(0, entry.Tokens - _credit));
        _saved.Spend(used);
        _credit += used + ((due - _round) * Quantum) - entry.Tokens;
        // Who could not be served for a while keeps its place, but rounds that have gone by are not made up for.
        _round = Math.Max(due, current);
        Remove(entry);
        return due;
    }

    private void Remove(QueueEntry<T> entry)
    {
        if (entry.Previous is null) First = entry.Next;
        else entry.Previous.Next = entry.Next;
        if (entry.Next is null) Last = entry.Previous;
        else entry.Next.Previous = entry.Previous;
        entry.Flow = null;
        entry.Previous = entry.Next = null;
        Count--;
        Bytes -= entry.Bytes;
        Tokens -= entry.Tokens;
        if (First is not null) DueRound = RoundOf(First);
    }

    private long RoundOf(QueueEntry<T> entry)
    {
        var missing = entry.Tokens - _credit - _saved.For(entry.Tokens);
        return missing <= 0 ? _round : _round + ((missing + Quantum - 1) / Quantum);
    }
}
