namespace Penstock.Configuration;

/// <summary>How much may be used, by a caller, of a model, or in all. What is null is not limited.</summary>
internal sealed record LimitsConfig
{
    // What a minute of it comes to in the units that buckets count in stays below 2^63.
    public const long MostPerMinute = 10_000_000_000;

    /// <summary>What it is called in <c>limits</c>; null where it is written out where it counts.</summary>
    public string? Name { get; init; }

    public long? RequestsPerMinute { get; init; }

    /// <summary>Prompt and completion tokens together.</summary>
    public long? TokensPerMinute { get; init; }

    /// <summary>Calls at the same time.</summary>
    public int? Concurrency { get; init; }

    public OnStoreFailure OnStoreFailure { get; init; }
}
