namespace Penstock.Admission.Queue;

/// <summary>What lower priorities have earned of the work that was served before theirs: a turn, when it is worth their next call.</summary>
/// <param name="lanes">The priorities: the highest first.</param>
internal sealed class EarnedTurns<T>(DeficitRoundRobin<T>[] lanes)
{
    // Of the tokens that are served before it: a quarter, and a sixteenth.
    private static readonly double[] Shares = [0, 0.25, 0.0625];

    // Stays where those leave who waited for it, or their time is over: else work that is dear would never have its turn.
    private readonly double[] _earned = new double[3];

    /// <summary>Whether a lower priority comes first.</summary>
    public bool IsDue(int rank)
    {
        if (rank == 0 || lanes[rank].Turn is not { } turn) return false;
        // What one large call has brought, or was saved for one, is no claim to many small ones in a row.
        _earned[rank] = Math.Min(_earned[rank], turn.Tokens + CallerFlow<T>.Quantum);
        return _earned[rank] >= turn.Tokens;
    }

    /// <summary>Somebody was served.</summary>
    public void Served(int rank, long tokens)
    {
        _earned[rank] = Math.Max(0, _earned[rank] - tokens);
        for (var lower = rank + 1; lower < lanes.Length; lower++)
        {
            // Whose turn it is already waits for a seat that it can use: for that it earns nothing.
            if (lanes[lower].Turn is { } turn && _earned[lower] < turn.Tokens) _earned[lower] += tokens * Shares[lower];
        }
    }
}
