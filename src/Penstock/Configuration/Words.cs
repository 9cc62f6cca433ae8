namespace Penstock.Configuration;

/// <summary>
/// The words that a choice is written in. A class of our own rather than a dictionary: those over our enums would be
/// compiled at each start.
/// </summary>
/// <param name="names">The words, in the order in which errors list them.</param>
/// <param name="values">What each of them means.</param>
/// <param name="comparison">Whether case matters.</param>
internal sealed class Words<T>(string[] names, T[] values, StringComparison comparison = StringComparison.Ordinal) where T : struct
{
    public IReadOnlyList<string> Names => names;

    public bool TryGet(string text, out T value)
    {
        for (var i = 0; i < names.Length; i++)
        {
            if (!names[i].Equals(text, comparison)) continue;
            value = values[i];
            return true;
        }

        value = default;
        return false;
    }

    /// <summary>The word for a value, the first where there are several.</summary>
    public string For(T value) => names[Array.IndexOf(values, value)];

    /// <summary>What is wrong with a word that is none of these.</summary>
    public string Refuse(string text) => $"'{text}' is not one of {string.Join(", ", names)}{NearestName.Hint(text, names)}";
}
