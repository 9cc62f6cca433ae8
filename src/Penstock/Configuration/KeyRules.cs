namespace Penstock.Configuration;

/// <summary>What holds for the names and labels of callers' keys, wherever they are written.</summary>
internal static class KeyRules
{
    /// <summary>Who calls a gateway that is open.</summary>
    public const string Anonymous = "anonymous";

    /// <summary>Who carries the one key of <c>API_KEY</c>.</summary>
    public const string KeyHolder = "api-key";

    // Both are shown and logged, and the name is part of the ledger's keys.
    private const int LongestName = 128;
    private const int LongestLabel = 256;
    private const int MostLabels = 16;

    /// <summary>Checks a name. What has a # in it is the name of whoever an identity provider vouches for.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public static string? NameFlaw(string name) => name.Length is 0 or > LongestName || name.Any(c => char.IsControl(c) || c == '#')
        ? $"a name has 1 to {LongestName} characters, none of them a control or #" : null;

    /// <returns>What is wrong with labels, or null.</returns>
    public static string? LabelsFlaw(IReadOnlyDictionary<string, string> labels) =>
        labels.Count > MostLabels ? $"there can be {MostLabels} labels"
        : labels.Any(label => label.Key.Length is 0 or > LongestLabel || label.Value.Length > LongestLabel || label.Key.Concat(label.Value).Any(char.IsControl))
            ? $"a label has at most {LongestLabel} characters, and none of them controls"
        : null;
}
