namespace Penstock.Admission.Limits;

/// <summary>How long things take, and may take, between a replica and the store.</summary>
internal sealed record LeaseTimes
{
    /// <summary>What a request waits for the store, at most.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Between two exchanges that no request waits for.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Between two exchanges while nothing is shared, which only show that this replica is there.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What an exchange may take.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>When what is granted lapses.</summary>
    public TimeSpan Valid { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// So much before that it is not used any more, measured from before it was asked for: two clocks that run at slightly
    /// different speeds must not let two replicas hold the same seat.
    /// </summary>
    public TimeSpan Margin { get; init; } = TimeSpan.FromMilliseconds(500);
}
