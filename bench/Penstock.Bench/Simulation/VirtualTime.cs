namespace Penstock.Bench.Simulation;

/// <summary>The clock of one run: it shows the simulation's time, and nothing waits by it.</summary>
internal sealed class VirtualTime : TimeProvider
{
    /// <summary>Microseconds since the beginning.</summary>
    public long Now { get; set; }

    public override long TimestampFrequency => 1_000_000;

    public override long GetTimestamp() => Now;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + TimeSpan.FromMicroseconds(Now);
}
