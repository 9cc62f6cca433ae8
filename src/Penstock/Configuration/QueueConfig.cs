namespace Penstock.Configuration;

/// <summary>The line in front of a pool's seats: how many may stand in it, how much they may hold, and for how long.</summary>
internal sealed record QueueConfig
{
    /// <summary>How many calls may wait; 0: none, a full pool refuses at once.</summary>
    public int MaxRequests { get; init; } = 1000;

    /// <summary>How many bytes the bodies of those that wait may have together.</summary>
    public long MaxBytes { get; init; } = 256 * 1024 * 1024;

    /// <summary>How long a call waits that says nothing of it itself.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}
