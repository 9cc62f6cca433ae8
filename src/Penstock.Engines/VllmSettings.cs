namespace Penstock.Engines;

/// <summary>The size and the pace of a <see cref="VllmEngine"/>.</summary>
internal sealed record VllmSettings
{
    /// <summary>An 8B model on a large GPU, by round numbers: 8,000 prompt tokens a second, 6 ms a step and 0.35 ms a running call.</summary>
    public static VllmSettings Default { get; } = new();

    public StepLaw Step { get; init; } = new(BaseMicroseconds: 6_000, CallMicroseconds: 350, PromptTokenMicroseconds: 125, Budget: 2_048);

    /// <summary>Calls at the same time at most (<c>--max-num-seqs</c>).</summary>
    public int MaxRunning { get; init; } = 256;

    /// <summary>Tokens that the cache holds: whole blocks.</summary>
    public int CacheTokens { get; init; } = 524_288;
}
