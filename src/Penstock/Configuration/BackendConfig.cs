namespace Penstock.Configuration;

/// <summary>One entry of <c>backends</c>: what the operator wrote about it.</summary>
public sealed record BackendConfig
{
    /// <summary>How long an http backend may take when nothing else is said.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Its name: unique, visible ASCII; clients see it in <c>X-Backend</c> and may use it as a model.</summary>
    public required string Name { get; init; }

    /// <summary>Its kind: <c>echo</c>, <c>http</c>, or one that the application has registered.</summary>
    public required string Type { get; init; }

    /// <summary>The server's base address, without <c>/v1</c> and without a trailing slash; null for kinds without one.</summary>
    public Uri? Url { get; init; }

    /// <summary>Time until the first event of a streamed answer, or until the end of a whole one.</summary>
    public TimeSpan Timeout { get; init; } = DefaultTimeout;

    /// <summary>Sent upstream as a Bearer token; null: none.</summary>
    public string? ApiKey { get; init; }

    /// <summary>The model name sent upstream; null: the caller's.</summary>
    public string? Model { get; init; }

    /// <summary>The callers' model names that it serves; a <c>*</c> stands for any characters.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>Whether streams are asked for their usage where the caller did not ask.</summary>
    public bool InjectUsage { get; init; } = true;

    /// <summary>Extra headers that are sent upstream.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>The <c>options</c> of a kind that the application has registered, as they were written.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();
}
