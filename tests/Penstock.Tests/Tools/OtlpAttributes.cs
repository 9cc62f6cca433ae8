using System.Collections;

namespace Penstock.Tests.Tools;

/// <summary>Attributes by key: strings, longs, doubles, booleans, byte arrays, lists of these, attributes, or null.</summary>
internal sealed class OtlpAttributes(IReadOnlyList<KeyValuePair<string, object?>> pairs)
    : IReadOnlyList<KeyValuePair<string, object?>>
{
    public static readonly OtlpAttributes Empty = new([]);

    public int Count => pairs.Count;

    public KeyValuePair<string, object?> this[int index] => pairs[index];

    /// <summary>The value, or null where the key is not there.</summary>
    public object? this[string key] => pairs.LastOrDefault(p => p.Key == key).Value;

    public bool Has(string key) => pairs.Any(p => p.Key == key);

    /// <summary>Whether all of these are there, with these values (an int is a long on the wire).</summary>
    public bool Has(params ReadOnlySpan<(string Key, object Value)> wanted)
    {
        foreach (var (key, value) in wanted)
        {
            if (!Equals(this[key], value is int number ? (long)number : value))
                return false;
        }

        return true;
    }

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => pairs.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => "{" + string.Join(", ", pairs.Select(p => $"{p.Key}={p.Value}")) + "}";
}
