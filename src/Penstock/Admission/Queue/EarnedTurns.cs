namespace Penstock.Admission.Queue;

/// <summary>What lower priorities have earned of the work that was served before theirs: a turn, when it is worth their next call.</summary>
/// <param name="lanes">The priorities: the highest first.</param>
internal sealed class EarnedTurns<T>(DeficitRoundRobin<T>[] lanes)
{
    // Of the tokens that are served before it: a quarter, and a sixteenth.
    private static readonly double[] Shares = [0, 0.25, 0.0625];

    // Stays where those leave who waited for it, or their time is over: else work that is dear would never have its turn.
    private readonly double[] _earned = new double[3];

    // What the call costs for which it was earned last, and what was left where a smaller one came after that.
    private readonly long[] _costs = new long[3];
    private readonly Savings[] _saved = new Savings[3];

    /// <summary>Whether a lower priority comes first.</summary>
    public bool IsDue(int rank)
    {
        if (rank == 0 || lanes[rank].Turn is not { } turn) return false;
        Fit(rank, turn.Tokens);
        return IsWorth(rank, turn.Tokens);
    }

    /// <summary>Somebody was served.</summary>
    public void Served(int rank, long tokens)
    {
        var used = Math.Min(_saved[rank].For(tokens), Math.Max(0, tokens - (long)_earned[rank]));
        _saved[rank].Spend(used);
        _earned[rank] = Math.Max(0, _earned[rank] + used - tokens);
        for (var lower = rank + 1; lower < lanes.Length; lower++)
        {
            if (lanes[lower].Turn is not { } turn) continue;
            Fit(lower, turn.Tokens);
            // Whose turn it is already waits for a seat that it can use: for that it earns nothing. And one large call before it is
            // worth a turn, but not several.
            if (!IsWorth(lower, turn.Tokens)) _earned[lower] = Math.Min(_earned[lower] + (tokens * Shares[lower]), Most(turn.Tokens));
        }
    }

    private static long Most(long cost) => cost + CallerFlow<T>.Quantum;

    private bool IsWorth(int rank, long cost) => _earned[rank] + _saved[rank].For(cost) >= cost;

    // What is more than the next call needs was earned for a dearer one, and is for such a one: not for many small ones in a row.
    private void Fit(int rank, long cost)
    {
        var excess = _earned[rank] - Most(cost);
        if (excess > 0)
        {
            _saved[rank].Add((long)excess, _costs[rank]);
            _earned[rank] = Most(cost);
        }

        _costs[rank] = cost;
    }
}
