using System.Text.RegularExpressions;

namespace Penstock.Tests.Tools;

/// <summary>The rules of promtool's linter, for the classic format's names.</summary>
internal static partial class PrometheusLint
{
    private static readonly string[] Abbreviations =
        ["s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "pb", "m", "h", "d"];

    // Each unit that is not a base unit, with the one to use for it.
    private static readonly (string Unit, string Base)[] Units =
    [
        ("milliseconds", "seconds"), ("microseconds", "seconds"), ("nanoseconds", "seconds"), ("minutes", "seconds"),
        ("hours", "seconds"), ("days", "seconds"), ("weeks", "seconds"), ("kilobytes", "bytes"), ("megabytes", "bytes"),
        ("gigabytes", "bytes"), ("kibibytes", "bytes"), ("mebibytes", "bytes"), ("gibibytes", "bytes"), ("bits", "bytes"),
        ("percent", "ratio"), ("percents", "ratio"),
    ];

    public static IEnumerable<string> Check(PrometheusFamily family)
    {
        var name = family.Name;
        if (string.IsNullOrEmpty(family.Help))
            yield return $"{name}: no help text";
        if (family.Type is "untyped" or "unknown")
            yield return $"{name}: no type";
        // OpenMetrics names the family without the suffix that its samples have.
        if (family.Type == "counter" && !family.Samples.TrueForAll(s => s.Name.EndsWith("_total", StringComparison.Ordinal)
            || s.Name.EndsWith("_created", StringComparison.Ordinal)))
            yield return $"{name}: a counter should end in _total";
        if (family.Type != "counter" && name.EndsWith("_total", StringComparison.Ordinal))
            yield return $"{name}: only a counter should end in _total";
        if (name.EndsWith("_bucket", StringComparison.Ordinal) || name.EndsWith("_count", StringComparison.Ordinal)
            || name.EndsWith("_sum", StringComparison.Ordinal))
            yield return $"{name}: this suffix is a histogram's or summary's";
        if (name.Contains(':', StringComparison.Ordinal))
            yield return $"{name}: colons are for recording rules";

        var words = name.Split('_');
        foreach (var (unit, instead) in Units)
        {
            if (words.Contains(unit))
                yield return $"{name}: use {instead}, not {unit}";
        }

        if (words.FirstOrDefault(Abbreviations.Contains) is { } abbreviation)
            yield return $"{name}: the unit {abbreviation} is abbreviated";
        if (words.Contains(family.Type))
            yield return $"{name}: the name has its type in it";
        if (CamelCase().IsMatch(name))
            yield return $"{name}: write it in snake_case";

        var labels = family.Samples.SelectMany(s => s.Labels.Select(l => l.Key)).Distinct();
        foreach (var label in labels)
        {
            if (CamelCase().IsMatch(label))
                yield return $"{name}: write the label {label} in snake_case";
            if (label == "le" && family.Type is not ("histogram" or "gaugehistogram"))
                yield return $"{name}: the label le is a histogram's";
            if (label == "quantile" && family.Type != "summary")
                yield return $"{name}: the label quantile is a summary's";
        }
    }

    [GeneratedRegex("[a-z][A-Z]")]
    private static partial Regex CamelCase();
}
