namespace Penstock.Configuration;

/// <summary>A caller with a key of its own, an entry of <c>auth.keys</c>.</summary>
internal sealed record KeyConfig
{
    public required string Name { get; init; }

    /// <summary>What the key hashes to. The key itself is forgotten as soon as it is read.</summary>
    public required KeyHash Hash { get; init; }

    /// <summary>The models that it may call, by name or pattern; none: all.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>From when on the key is not good any more; null: never.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>What it may use in a minute; null: what callers without their own may.</summary>
    public LimitsConfig? Limits { get; init; }

    /// <summary>What it may spend; null: as much as it likes.</summary>
    public BudgetConfig? Budget { get; init; }

    public CallerPriority Priority { get; init; }

    /// <summary>What its usage records and its lines in the access log carry.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
}
