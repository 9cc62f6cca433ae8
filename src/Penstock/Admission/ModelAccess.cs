using Penstock.Configuration;

namespace Penstock.Admission;

/// <summary>The models that a caller may ask for.</summary>
internal sealed class ModelAccess
{
    private readonly ModelPattern[] _patterns;

    /// <param name="models">Names and patterns; none: all models.</param>
    public ModelAccess(IReadOnlyCollection<string> models)
    {
        IsUnlimited = models.Count == 0;
        _patterns = [.. models.Select(model => new ModelPattern(model))];
    }

    public static ModelAccess All { get; } = new([]);

    public bool IsUnlimited { get; }

    /// <summary>Whether a model may be asked for by this name.</summary>
    public bool Allows(ReadOnlySpan<char> model)
    {
        if (IsUnlimited) return true;
        foreach (var pattern in _patterns)
        {
            if (pattern.IsMatch(model)) return true;
        }

        return false;
    }
}
