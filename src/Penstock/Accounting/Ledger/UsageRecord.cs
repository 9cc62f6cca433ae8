namespace Penstock.Accounting.Ledger;

/// <summary>What one call used: a row of the ledger.</summary>
internal sealed record UsageRecord
{
    /// <summary>Tells calls apart. The gateway makes it (<see cref="Guid.CreateVersion7()"/>): callers may repeat their request ids.</summary>
    public required Guid Id { get; init; }

    /// <summary>When the call arrived.</summary>
    public required DateTimeOffset Time { get; init; }

    public required string RequestId { get; init; }
    public required string Caller { get; init; }

    /// <summary>The caller's labels as a compact JSON object; empty where it has none.</summary>
    public string Labels { get; init; } = "";

    public required string Endpoint { get; init; }

    /// <summary>The model as the caller wrote it.</summary>
    public string ModelAsked { get; init; } = "";

    /// <summary>The model as the configuration knows it; empty where the call got no further than its validation.</summary>
    public string Model { get; init; } = "";

    public string Backend { get; init; } = "";
    public int Attempts { get; init; }
    public int Status { get; init; }

    /// <summary>The error's code; null where the caller got a whole answer.</summary>
    public string? Error { get; init; }

    public long PromptTokens { get; init; }

    /// <summary>Those of <see cref="PromptTokens"/> that the backend had in its cache.</summary>
    public long CachedTokens { get; init; }

    public long CompletionTokens { get; init; }

    /// <summary>Those of <see cref="CompletionTokens"/> that were thought and not said.</summary>
    public long ReasoningTokens { get; init; }

    /// <summary>In 1e-12 USD: a price of a dollar for a million tokens is 1,000,000 of them a token, so that sums are exact.</summary>
    public long CostPico { get; init; }

    public TimeSpan Latency { get; init; }

    /// <summary>Null where no content was streamed.</summary>
    public TimeSpan? TimeToFirstToken { get; init; }

    public bool IsStreamed { get; init; }

    /// <summary>Whether the tokens are the gateway's count and not the backend's word.</summary>
    public bool IsEstimated { get; init; }
}
