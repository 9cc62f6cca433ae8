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

    /// <summary>Its share of a pool's requests, against the others' weights; from 1.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>Its seats: how many requests it may have in flight; null: no limit. Full means not picked.</summary>
    public int? MaxConcurrency { get; init; }

    /// <summary>Time until a connection is made, its name resolved and its TLS agreed.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Time until a streamed answer's headers, or until the end of a whole one.</summary>
    public TimeSpan Timeout { get; init; } = DefaultTimeout;

    /// <summary>Time until a streamed answer's first event with content, whenever its headers came.</summary>
    public TimeSpan FirstTokenTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Time between two reads of an answer that has begun.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How it is asked whether it lives.</summary>
    public HealthConfig Health { get; init; } = new();

    /// <summary>When its failures take it out.</summary>
    public BreakerConfig Breaker { get; init; } = new();

    /// <summary>How an answer that broke off may be continued here.</summary>
    public Continuation Continuation { get; init; }

    /// <summary>What inference server it is.</summary>
    public EngineKind Kind { get; init; }

    /// <summary>Whether its name stands for several servers.</summary>
    public Discovery Discovery { get; init; }

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
