namespace Penstock.Configuration;

/// <summary>When requests that fail take their backend out, and for how long (<c>breaker</c>).</summary>
public sealed record BreakerConfig
{
    /// <summary>Failures within <see cref="Window"/> that open it.</summary>
    public int Failures { get; init; } = 5;

    /// <summary>The time over which failures are counted, sliding.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long it stays open before a request is let through on trial.</summary>
    public TimeSpan Open { get; init; } = TimeSpan.FromSeconds(10);
}
