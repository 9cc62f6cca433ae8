namespace Penstock.Bench.Idle;

/// <summary>One measurement of what open streams hold.</summary>
internal sealed record IdleOptions
{
    public required int Streams { get; init; }

    /// <summary>
    /// Streams opened and closed before the first look, so that code that is loaded once and the first arena of every
    /// pool are not charged to the streams.
    /// </summary>
    public required int WarmupStreams { get; init; }

    /// <summary>How long nothing is done before each look.</summary>
    public required TimeSpan Settle { get; init; }
}
