namespace Penstock.Health;

/// <summary>
/// All that stands in a backend's way, as it was when something last changed. Immutable, so
/// that it is read without a lock. Moments are times since the backend's beginning, and what is over by then is no obstacle.
/// </summary>
internal sealed record Standing
{
    public bool IsDrained { get; init; }
    public bool IsDown { get; init; }

    /// <summary>Until when its breaker is open; null where that is closed.</summary>
    public TimeSpan? OpenUntil { get; init; }

    public bool IsOnTrial { get; init; }
    public TimeSpan? RefusedUntil { get; init; }
    public TimeSpan? RestingUntil { get; init; }

    /// <summary>Whether there is nothing in the way.</summary>
    public bool IsNothing => !IsDrained && !IsDown && OpenUntil is null && RefusedUntil is null && RestingUntil is null;

    /// <summary>The first obstacle, in the order of their weight.</summary>
    public Obstacle ObstacleAt(TimeSpan now) =>
        IsDrained ? Obstacle.Drained
        : IsDown ? Obstacle.Down
        : now < OpenUntil || (OpenUntil is not null && IsOnTrial) ? Obstacle.BreakerOpen
        : now < RefusedUntil ? Obstacle.BadCredentials
        : now < RestingUntil ? Obstacle.Resting
        : Obstacle.None;

    /// <summary>When the last of its obstacles is over, as far as is known.</summary>
    /// <param name="now">The moment.</param>
    /// <param name="probeInterval">How long it takes to see that a server which is down is up.</param>
    public TimeSpan AvailableIn(TimeSpan now, TimeSpan probeInterval)
    {
        var longest = TimeSpan.Zero;
        // An operator comes back when he does; a trial takes as long as an answer.
        if (IsDrained) Take(TimeSpan.FromSeconds(30));
        if (IsDown) Take(probeInterval);
        if (OpenUntil is { } open) Take(IsOnTrial && open <= now ? TimeSpan.FromSeconds(1) : open - now);
        if (RefusedUntil is { } refused) Take(refused - now);
        if (RestingUntil is { } resting) Take(resting - now);
        return longest;

        void Take(TimeSpan time)
        {
            if (time > longest) longest = time;
        }
    }
}
