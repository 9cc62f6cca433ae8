namespace Penstock.Configuration;

/// <summary>A model name in which <c>*</c> stands for any characters, or none; without one, that name.</summary>
internal sealed class ModelPattern(string pattern)
{
    private readonly string[] _parts = pattern.Split('*');

    /// <summary>How many characters are fixed: of two patterns that match, the one with more is the closer one.</summary>
    public int Specificity { get; } = pattern.Length - pattern.Count(c => c == '*');

    public static bool IsPattern(string model) => model.Contains('*', StringComparison.Ordinal);

    public bool IsMatch(ReadOnlySpan<char> model)
    {
        if (_parts.Length == 1) return model.SequenceEqual(_parts[0]);
        if (model.Length < Specificity || !model.StartsWith(_parts[0], StringComparison.Ordinal)) return false;
        model = model[_parts[0].Length..];
        if (!model.EndsWith(_parts[^1], StringComparison.Ordinal)) return false;
        model = model[..^_parts[^1].Length];
        foreach (var part in _parts.AsSpan(1, _parts.Length - 2))
        {
            var at = model.IndexOf(part, StringComparison.Ordinal);
            if (at < 0) return false;
            model = model[(at + part.Length)..];
        }

        return true;
    }
}
