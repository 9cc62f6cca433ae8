using Penstock.Configuration;

namespace Penstock.Admission;

/// <summary>The models that a caller may ask for.</summary>
internal sealed class ModelAccess
{
    private readonly ModelPattern[] _patterns;

    private ModelAccess(IReadOnlyCollection<string> models, bool isUnlimited)
    {
        IsUnlimited = isUnlimited;
        _patterns = [.. models.Select(model => new ModelPattern(model))];
    }

    public static ModelAccess All { get; } = new([], isUnlimited: true);

    /// <summary>Some models, by name or pattern; perhaps none.</summary>
    public static ModelAccess Only(IReadOnlyCollection<string> models) => new(models, isUnlimited: false);

    /// <summary>As a configuration says it: no list, and an empty one, stand for all models.</summary>
    public static ModelAccess Listed(IReadOnlyCollection<string> models) => models.Count == 0 ? All : Only(models);

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
