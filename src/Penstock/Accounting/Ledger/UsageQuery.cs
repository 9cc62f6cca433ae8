using System.Diagnostics.CodeAnalysis;

namespace Penstock.Accounting.Ledger;

/// <summary>What is asked of the ledger: whose usage, from when to when, summed up by what.</summary>
internal sealed record UsageQuery
{
    private static readonly string[] Names = ["caller", "model", "backend", "endpoint", "hour", "day"];

    /// <summary>The first moment that counts.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>The first moment that does not count any more.</summary>
    public required DateTimeOffset To { get; init; }

    /// <summary>Each at most once; none gives one row with everything.</summary>
    public IReadOnlyList<UsageGroup> GroupBy { get; init; } = [];

    /// <summary>Whose; null: everyone's.</summary>
    public string? Caller { get; init; }

    /// <summary>The name of a group, as callers write it.</summary>
    public static string NameOf(UsageGroup group) => Names[(int)group];

    /// <summary>Reads <c>caller,model,day</c>.</summary>
    public static bool TryParseGroups(string text, [NotNullWhen(true)] out IReadOnlyList<UsageGroup>? groups, [NotNullWhen(false)] out string? error)
    {
        (groups, error) = (null, null);
        var found = new List<UsageGroup>();
        foreach (var name in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var index = Array.IndexOf(Names, name);
            if (index < 0) error = $"'{name}' is not one of {string.Join(", ", Names)}";
            else if (found.Contains((UsageGroup)index)) error = $"'{name}' is there twice";
            if (error is not null) return false;
            found.Add((UsageGroup)index);
        }

        groups = found;
        return true;
    }
}
