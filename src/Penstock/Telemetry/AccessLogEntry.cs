namespace Penstock.Telemetry;

/// <summary>One line of the access log. Empty strings and nulls are left out of the line.</summary>
internal readonly ref struct AccessLogEntry
{
    public required string RequestId { get; init; }
    public required string Method { get; init; }
    public required string Path { get; init; }

    /// <summary>Who calls.</summary>
    public string? Caller { get; init; }

    /// <summary>The caller's labels as a JSON object.</summary>
    public string? Labels { get; init; }

    public string? Model { get; init; }
    public string? Backend { get; init; }

    /// <summary>The HTTP status; 499 where the caller left before it got one (nginx's number).</summary>
    public required int Status { get; init; }

    public required TimeSpan Latency { get; init; }
    public TimeSpan? TimeToFirstToken { get; init; }

    /// <summary>How long the call stood in line; said where it did.</summary>
    public TimeSpan QueueTime { get; init; }

    public long? PromptTokens { get; init; }
    public long? CompletionTokens { get; init; }
    public long BytesIn { get; init; }
    public long BytesOut { get; init; }

    /// <summary>How many attempts it took; said where it was more than one.</summary>
    public int Attempts { get; init; }

    /// <summary>Those that failed, each with its backend and how: <c>gpu-a:timeout,gpu-b:status</c>.</summary>
    public string? FailedAttempts { get; init; }

    /// <summary>The error's code, like <c>upstream_timeout</c>.</summary>
    public string? Error { get; init; }
}
