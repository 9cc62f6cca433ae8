using Penstock.Configuration;

namespace Penstock.Backends;

/// <summary>What an inference server said of itself at one moment. What it does not tell is null.</summary>
internal sealed record EngineReading
{
    /// <summary>Readings come once a second: one that is older than three of them says nothing of now.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(3);

    /// <summary>What it was recognised as: never <see cref="EngineKind.Auto"/>.</summary>
    public required EngineKind Kind { get; init; }

    /// <summary>When it was read: a timestamp of the clock.</summary>
    public required long ReadAt { get; init; }

    /// <summary>Calls that it works on, whoever sent them.</summary>
    public int? Running { get; init; }

    /// <summary>Calls that wait in it.</summary>
    public int? Waiting { get; init; }

    /// <summary>How much of its cache is in use, from 0 to 1.</summary>
    public double? CacheUsage { get; init; }

    /// <summary>How many tokens its cache holds.</summary>
    public long? CacheTokens { get; init; }

    /// <summary>How many calls it works on at the same time, where it says so.</summary>
    public int? Seats { get; init; }

    /// <summary>Its slots, each of which holds one sequence (llama.cpp), in the order of their ids.</summary>
    public IReadOnlyList<SlotReading>? Slots { get; init; }

    /// <summary>Whether it keeps elsewhere what its slots lose, and has it again, as long as nobody but itself chooses the slots.</summary>
    public bool KeepsPrompts { get; init; }

    /// <summary>When its process began, in seconds since 1970, by its own clock.</summary>
    public double? StartedAt { get; init; }

    /// <summary>How many prompt tokens it has read since it began; it only grows.</summary>
    public double? PromptTokensRead { get; init; }

    /// <summary>Whether it tells of now. One that does not is as good as none: what it says of load is unknown then, and never "full".</summary>
    public bool IsFresh(TimeProvider time) => time.GetElapsedTime(ReadAt) <= Lifetime;
}
