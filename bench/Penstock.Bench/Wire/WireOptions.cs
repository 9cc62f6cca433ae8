namespace Penstock.Bench.Wire;

/// <summary>Which servers, which policies, and how much of what for how long.</summary>
internal sealed record WireOptions
{
    /// <summary>A penstock executable, or a .dll to be run by <c>dotnet</c>: it is the gateway and the servers.</summary>
    public required string Executable { get; init; }

    /// <summary>What the servers behave as: <c>vllm</c> or <c>llamacpp</c>.</summary>
    public required string Engine { get; init; }

    /// <summary>The policies of the gateway, one after the other.</summary>
    public required IReadOnlyList<string> Policies { get; init; }

    public int Servers { get; } = 4;

    /// <summary>Conversations at a time: where one has ended, another begins.</summary>
    public required int Conversations { get; init; }

    /// <summary>The time in which turns begin, for each policy.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The first part of <see cref="Duration"/>: its turns do not count.</summary>
    public required TimeSpan WarmUp { get; init; }

    /// <summary>The same seed, the same conversations.</summary>
    public required int Seed { get; init; }
}
