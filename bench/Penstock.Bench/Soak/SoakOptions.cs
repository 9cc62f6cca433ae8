namespace Penstock.Bench.Soak;

/// <summary>How long, how hard and with which luck.</summary>
internal sealed record SoakOptions
{
    /// <summary>A penstock executable, or a .dll to be run by <c>dotnet</c>.</summary>
    public required string Executable { get; init; }

    public required TimeSpan Duration { get; init; }

    /// <summary>Requests that are begun a second, whatever became of those before.</summary>
    public required int Rate { get; init; }

    /// <summary>The same seed, the same faults for the same requests.</summary>
    public required int Seed { get; init; }

    /// <summary>Between two looks at the gateway's memory and descriptors.</summary>
    public required TimeSpan SampleInterval { get; init; }

    /// <summary>Memory and descriptors are compared from here on: caches have filled and code has been compiled.</summary>
    public TimeSpan WarmUp => Duration >= TimeSpan.FromMinutes(15) ? TimeSpan.FromMinutes(5) : Duration / 3;

    /// <summary>A call that has not ended by then will not end.</summary>
    public TimeSpan Patience { get; } = TimeSpan.FromSeconds(60);
}
