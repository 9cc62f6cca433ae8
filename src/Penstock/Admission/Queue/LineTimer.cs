namespace Penstock.Admission.Queue;

/// <summary>Wakes a line for what nobody announces. Used under the line's lock.</summary>
/// <param name="queue">Who waits.</param>
/// <param name="watched">For whose seats.</param>
/// <param name="time">The clock.</param>
/// <param name="wake">Wakes it, without the lock.</param>
internal sealed class LineTimer(FairQueue<Waiter> queue, WatchedBackends watched, TimeProvider time, Action wake) : IDisposable
{
    // What has no moment of its own, like a configuration that comes into force, is seen by then at the latest.
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(1);

    private readonly ITimer _timer = time.CreateTimer(static wake => ((Action)wake!)(), wake, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    private TimeSpan? _at;

    /// <summary>
    /// Wakes it when the next one's time is over, or the next backend's rest, if not before. To be woken too early does no harm.
    /// </summary>
    /// <param name="now">The moment.</param>
    /// <param name="latest">The latest moment; null: there is no other.</param>
    public void Arm(TimeSpan now, TimeSpan? latest = null)
    {
        var at = now + LongestSilence;
        if (latest < at) at = latest.Value;
        if (queue.NextDeadline is { } deadline && deadline < at) at = deadline;
        if (now + watched.NextAvailableIn is { } available && available < at) at = available;
        if (_at <= at) return;
        _at = at;
        // A millisecond more than too early by a fraction of one.
        _timer.Change((at > now ? at - now : TimeSpan.Zero) + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
    }

    /// <summary>It has woken the line.</summary>
    public void Fired() => _at = null;

    public void Dispose() => _timer.Dispose();
}
