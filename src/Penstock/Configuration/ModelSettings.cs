namespace Penstock.Configuration;

/// <summary>How a model's calls are treated: what is said at the root of the file holds for all models that do not say it themselves.</summary>
internal sealed record ModelSettings
{
    /// <summary>Time until the first content of a stream; null: the backend's.</summary>
    public TimeSpan? FirstTokenTimeout { get; init; }

    /// <summary>When a second backend is asked besides a silent one; null: never.</summary>
    public TimeSpan? HedgeAfter { get; init; }

    /// <summary>Whether a stream that breaks off is continued or replayed elsewhere.</summary>
    public bool Rescue { get; init; } = true;

    /// <summary>How long a stream may wait for its first content before a sign of life is sent, and between two of them.</summary>
    public TimeSpan Keepalive { get; init; } = TimeSpan.FromSeconds(15);

    public OnDisconnect OnDisconnect { get; init; }

    /// <summary>How long a call may go on without its caller, with <see cref="OnDisconnect.Drain"/>.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How many tokens an answer is expected to have whose request says no maximum, as long as no past answers tell;
    /// what they tell is an average.
    /// </summary>
    public int ExpectedOutputTokens { get; init; } = 256;

    /// <summary>By how much another server must be faster, at most, to be preferred to one that has the beginning of a prompt.</summary>
    public TimeSpan Stickiness { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How its calls wait for a seat.</summary>
    public QueueConfig Queue { get; init; } = new();
}
