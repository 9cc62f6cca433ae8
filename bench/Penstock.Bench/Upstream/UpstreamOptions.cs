namespace Penstock.Bench.Upstream;

/// <summary>How the mock upstream behaves.</summary>
internal sealed record UpstreamOptions
{
    public required int Port { get; init; }

    /// <summary>Data events a stream, [DONE] included; the usage event that a caller asks for comes on top.</summary>
    public required int Events { get; init; }

    /// <summary>Time between two events of a stream; zero sends all of them in one write.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>Send the first event of a stream and then nothing until the caller leaves.</summary>
    public required bool Idle { get; init; }

    /// <summary>The process ends by itself after this time, so that a forgotten one does not stay.</summary>
    public required TimeSpan Lifetime { get; init; }
}
