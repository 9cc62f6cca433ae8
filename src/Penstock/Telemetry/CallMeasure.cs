namespace Penstock.Telemetry;

/// <summary>What is measured of a call once it has ended.</summary>
internal readonly record struct CallMeasure
{
    public required int Status { get; init; }

    /// <summary>The error's code; null where the caller got a whole answer.</summary>
    public string? Error { get; init; }

    /// <summary>Whether the error counts as one: a caller who leaves is none.</summary>
    public bool IsFailure { get; init; }

    public required TimeSpan Duration { get; init; }
    public TimeSpan? TimeToFirstToken { get; init; }

    /// <summary>From the first token to the last, over the tokens between.</summary>
    public TimeSpan? TimePerOutputToken { get; init; }

    /// <summary>What the gateway added to the time that the caller and the backend took.</summary>
    public TimeSpan? Overhead { get; init; }

    /// <summary>How long it stood in line for a seat.</summary>
    public TimeSpan QueueTime { get; init; }

    public long? PromptTokens { get; init; }
    public long? CompletionTokens { get; init; }
}
