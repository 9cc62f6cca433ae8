namespace Penstock.Bench.Load;

/// <summary>One run of the load generator.</summary>
internal sealed record LoadOptions
{
    public required int Connections { get; init; }

    /// <summary>Requests a second, of all connections together; 0: each connection sends again as soon as it has its answer.</summary>
    public required int Rate { get; init; }

    public required TimeSpan Warmup { get; init; }

    public required TimeSpan Duration { get; init; }

    /// <summary>How long answers that are under way at the end may take; then they count as errors.</summary>
    public required TimeSpan Drain { get; init; }

    public required bool Streamed { get; init; }

    /// <summary>Data events that make a whole stream; 0 for any number.</summary>
    public required int Events { get; init; }
}
