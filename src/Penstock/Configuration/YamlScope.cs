using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Penstock.Configuration;

/// <summary>
/// One mapping of a YAML file that is being read: typed access to its keys, with the place of each error kept.
/// What nobody asked for by the time it is closed is an unknown key.
/// </summary>
internal sealed class YamlScope
{
    private const int LongestTime = 86_400;
    private static readonly string Time = $"a time in seconds, more than 0 and at most {LongestTime}";

    private readonly YamlMappingNode _mapping;
    private readonly string _path;
    private readonly YamlContext _context;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public YamlScope(YamlMappingNode mapping, string path, YamlContext context)
    {
        _mapping = mapping;
        _path = path;
        _context = context;
    }

    public string? String(string key)
    {
        if (Find(key) is not { } node) return null;
        return _context.Scalar(node, PathOf(key));
    }

    public T? Parse<T>(string key, string expected, Func<string, T?> parse) where T : struct
    {
        if (Find(key) is not { } node || _context.Scalar(node, PathOf(key)) is not { } text) return null;
        if (parse(text) is { } value) return value;
        _context.Add(node, PathOf(key), $"'{text}' is not {expected}");
        return null;
    }

    public bool? Boolean(string key) => Parse<bool>(key, "true or false", text => text switch
    {
        "true" or "True" or "TRUE" => true,
        "false" or "False" or "FALSE" => false,
        _ => null,
    });

    public long? Integer(string key, long least, long most) => Parse<long>(key, $"a whole number from {least} to {most}", text =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most ? value : null);

    public double? Number(string key, double least, double most) => Parse<double>(key,
        FormattableString.Invariant($"a number from {least} to {most}"), text => ParseNumber(text, least, most));

    /// <summary>An amount, exactly as it is written.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="least">The smallest that there can be.</param>
    /// <param name="most">The largest.</param>
    /// <param name="decimals">How many digits it may have after its point.</param>
    public decimal? Decimal(string key, decimal least, decimal most, int decimals) => Parse<decimal>(key,
        FormattableString.Invariant($"a number from {least} to {most} with at most {decimals} decimals"), text =>
            decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            && value >= least && value <= most && decimal.Round(value, decimals) == value ? value : null);

    /// <summary>A moment: a date, which begins in UTC, or a date and a time with its offset.</summary>
    public DateTimeOffset? Instant(string key) => Parse<DateTimeOffset>(key, Configuration.Instant.Expected, Configuration.Instant.Parse);

    /// <summary>A time in seconds, fractions allowed.</summary>
    public TimeSpan? Seconds(string key) => Parse(key, Time, ParseSeconds);

    /// <summary>A time in seconds, or zero for the word off.</summary>
    public TimeSpan? SecondsOrOff(string key) => Parse(key, Time + ", or off", text => text == "off" ? TimeSpan.Zero : ParseSeconds(text));

    public T? Choice<T>(string key, Words<T> words) where T : struct
    {
        if (String(key) is not { } text) return null;
        if (words.TryGet(text, out var value)) return value;
        Fail(key, words.Refuse(text));
        return null;
    }

    /// <summary>One of some words that are not known before the configuration is read.</summary>
    public string? Word(string key, IReadOnlyCollection<string> words)
    {
        var text = String(key);
        if (text is null || words.Contains(text)) return text;
        Fail(key, $"'{text}' is not one of {string.Join(", ", words)}{NearestName.Hint(text, words)}");
        return null;
    }

    public bool HasMapping(string key) => Find(key) is YamlMappingNode;

    public bool HasList(string key) => Find(key) is YamlSequenceNode;

    public YamlScope? Mapping(string key)
    {
        if (Find(key) is not { } node) return null;
        if (node is YamlMappingNode mapping) return new YamlScope(mapping, PathOf(key), _context);
        _context.Add(node, PathOf(key), "this must be a mapping (key: value)");
        return null;
    }

    /// <summary>The mappings of a list.</summary>
    public IEnumerable<YamlScope> Mappings(string key)
    {
        if (Sequence(key) is not { } sequence) yield break;
        for (var i = 0; i < sequence.Children.Count; i++)
        {
            var path = $"{PathOf(key)}[{i}]";
            if (sequence.Children[i] is YamlMappingNode mapping) yield return new YamlScope(mapping, path, _context);
            else _context.Add(sequence.Children[i], path, "this must be a mapping (key: value)");
        }
    }

    /// <summary>The mappings of a mapping whose keys are free.</summary>
    public IEnumerable<(string Name, YamlScope Scope)> NamedMappings(string key)
    {
        if (Mapping(key) is not { } scope) yield break;
        foreach (var (name, value) in scope._mapping.Children)
        {
            var path = $"{scope._path}.{name}";
            if (value is YamlMappingNode mapping) yield return (name.ToString(), new YamlScope(mapping, path, _context));
            else _context.Add(value, path, "this must be a mapping (key: value)");
        }
    }

    /// <summary>A list of strings.</summary>
    public List<string> Strings(string key)
    {
        var strings = new List<string>();
        if (Sequence(key) is not { } sequence) return strings;
        for (var i = 0; i < sequence.Children.Count; i++)
        {
            if (_context.Scalar(sequence.Children[i], $"{PathOf(key)}[{i}]") is { } text) strings.Add(text);
        }

        return strings;
    }

    /// <summary>A list of names: none is empty, and none is there twice.</summary>
    public List<string> Names(string key)
    {
        var names = Strings(key);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            if (name.Length == 0) Fail(key, "a name is empty");
            else if (!seen.Add(name)) Fail(key, $"'{name}' is there twice");
        }

        return names;
    }

    /// <summary>Whether a list has nothing in it, or is not there.</summary>
    public bool IsEmpty(string key) => Find(key) is null or YamlSequenceNode { Children.Count: 0 };

    /// <summary>A mapping whose keys are free and whose values are strings.</summary>
    public Dictionary<string, string> Pairs(string key)
    {
        var pairs = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (Mapping(key) is not { } scope) return pairs;
        foreach (var (name, value) in scope._mapping.Children)
        {
            var path = $"{scope._path}.{name}";
            if (_context.Scalar(value, path) is { } text && !pairs.TryAdd(name.ToString(), text))
                _context.Add(value, path, "this name is there twice");
        }

        return pairs;
    }

    public bool Has(string key) => Find(key) is not null;

    /// <summary>Reports an error at a key, or at the mapping itself where the key is missing.</summary>
    public void Fail(string key, string message) => _context.Add(Find(key) ?? _mapping, PathOf(key), message);

    /// <summary>Reports the keys that nobody has asked for.</summary>
    public void Close()
    {
        foreach (var (key, _) in _mapping.Children)
        {
            var name = key.ToString();
            if (!_known.Contains(name))
                _context.Add(key, PathOf(name), $"unknown key{NearestName.Hint(name, _known)}");
        }
    }

    private YamlSequenceNode? Sequence(string key)
    {
        if (Find(key) is not { } node) return null;
        if (node is YamlSequenceNode sequence) return sequence;
        _context.Add(node, PathOf(key), "this must be a list");
        return null;
    }

    // A key without a value is a key that is not there: "backends:" with everything below it commented out.
    private YamlNode? Find(string key)
    {
        _known.Add(key);
        foreach (var (name, value) in _mapping.Children)
        {
            if (name is YamlScalarNode scalar && scalar.Value == key) return IsNull(value) ? null : value;
        }

        return null;
    }

    private static double? ParseNumber(string text, double least, double most) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most ? value : null;

    // What is shorter than a tick would be no time at all.
    private static TimeSpan? ParseSeconds(string text) =>
        ParseNumber(text, 1e-7, LongestTime) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    private static bool IsNull(YamlNode node) =>
        node is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" };

    private string PathOf(string key) => _path.Length == 0 ? key : $"{_path}.{key}";
}
