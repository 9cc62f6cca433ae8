using System.Globalization;
using System.Text;

namespace Penstock.Configuration;

/// <summary>Writes YAML: mappings and lists of mappings, with whatever text in their values.</summary>
internal sealed class YamlWriter
{
    /// <summary>What stands in place of a secret.</summary>
    public const string Mask = "'***'";

    private readonly StringBuilder _text = new();
    private string _indent = "";
    private string _list = "  ";

    /// <summary>Begins a mapping below the root; what follows is in it.</summary>
    public void Begin(string key)
    {
        _text.AppendLine($"{key}:");
        _indent = "  ";
        _list = "  ";
    }

    /// <summary>Begins a list in the mapping that was begun last.</summary>
    public void BeginList(string key)
    {
        _text.AppendLine($"  {key}:");
        _list = "    ";
    }

    /// <summary>Begins a mapping in the list that was begun last, with its first key.</summary>
    public void Item(string key, string value)
    {
        _text.AppendLine($"{_list}- {key}: {Quote(value)}");
        _indent = _list + "  ";
    }

    /// <summary>Ends what was begun; what follows is at the root.</summary>
    public void End() => _indent = "";

    public void Pair(string key, object value) => _text.AppendLine($"{_indent}{key}: {Scalar(value)}");

    /// <summary>A pair that is written only where it says something.</summary>
    public void PairUnless(object? usual, string key, object? value)
    {
        if (value is not null && !value.Equals(usual)) Pair(key, value);
    }

    public void List(string key, IReadOnlyCollection<string> values)
    {
        if (values.Count > 0) Pair(key, values);
    }

    /// <summary>A mapping in one line; what is null is left out.</summary>
    public void Mapping(string key, params (string Key, object? Value)[] pairs) => _text.AppendLine(
        $"{_indent}{Key(key)}: {{ {string.Join(", ", pairs.Where(pair => pair.Value is not null).Select(pair => $"{Key(pair.Key)}: {Scalar(pair.Value!)}"))} }}");

    /// <summary>A secret, which is not shown.</summary>
    public void Secret(string key, string? value)
    {
        if (value is not null) _text.AppendLine($"{_indent}{key}: {Mask}");
    }

    /// <summary>A mapping none of whose values is shown.</summary>
    public void Secrets(string key, IReadOnlyDictionary<string, string> pairs)
    {
        if (pairs.Count > 0)
            _text.AppendLine($"{_indent}{key}: {{ {string.Join(", ", pairs.Keys.Select(name => $"{Key(name)}: {Mask}"))} }}");
    }

    public override string ToString() => _text.ToString();

    private static string Scalar(object value) => value switch
    {
        string text => Quote(text),
        IEnumerable<string> texts => $"[{string.Join(", ", texts.Select(Quote))}]",
        TimeSpan time => time.TotalSeconds.ToString(CultureInfo.InvariantCulture),
        bool isTrue => isTrue ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Quote(string value) => Key(value.Replace("${", "$${", StringComparison.Ordinal));

    // A key is no place for variables. What is not plainly a word is quoted, so that no value can be read as something else: not as null, not as a
    // variable, and not over several lines.
    private static string Key(string value)
    {
        var plain = value.Length > 0 && char.IsAsciiLetter(value[0]) && value != "null"
            && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/');
        if (plain) return value;
        if (!value.Any(char.IsControl)) return $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";

        var quoted = new StringBuilder("\"");
        foreach (var c in value)
        {
            if (char.IsControl(c)) quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else if (c is '"' or '\\') quoted.Append('\\').Append(c);
            else quoted.Append(c);
        }

        return quoted.Append('"').ToString();
    }
}
