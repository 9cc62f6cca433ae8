using Penstock.Configuration;

namespace Penstock.Admission.Keys;

/// <summary>What a key that was made at run time is good for, and what may be changed of it.</summary>
internal sealed record KeyTerms
{
    /// <summary>The models that it may call, by name or pattern; none: all.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>From when on the key is not good any more; null: never.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>The name of an entry in <c>limits</c>; null: what callers without their own may use.</summary>
    public string? Limits { get; init; }

    /// <summary>What it may spend; null: as much as it likes.</summary>
    public BudgetConfig? Budget { get; init; }

    public CallerPriority Priority { get; init; } = CallerPriority.Normal;

    /// <summary>What its usage records and its lines in the access log carry.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
}
