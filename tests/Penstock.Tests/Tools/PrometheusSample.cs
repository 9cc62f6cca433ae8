namespace Penstock.Tests.Tools;

/// <summary>A line with a value in a Prometheus exposition.</summary>
internal sealed record PrometheusSample
{
    /// <summary>With its suffix: <c>x_total</c>, <c>x_bucket</c>, <c>x_sum</c>.</summary>
    public required string Name { get; init; }

    /// <summary>In the order of the text, unescaped.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Labels { get; init; }

    public required double Value { get; init; }

    /// <summary>Milliseconds in the classic format, seconds in OpenMetrics.</summary>
    public double? Timestamp { get; init; }

    public bool HasExemplar { get; init; }

    /// <summary>Counted from 1.</summary>
    public required int Line { get; init; }

    public string? Label(string name) => Labels.FirstOrDefault(l => l.Key == name).Value;

    public bool Has(params ReadOnlySpan<(string Name, string Value)> labels)
    {
        foreach (var (name, value) in labels)
        {
            if (Label(name) != value)
                return false;
        }

        return true;
    }

    /// <summary>The name and sorted labels, which no two samples may share.</summary>
    public string Series(string? without = null) => Name + LabelSet(without);

    public string LabelSet(string? without = null) => "{" + string.Join(
        ',',
        Labels.Where(l => l.Key != without)
            .OrderBy(l => l.Key, StringComparer.Ordinal)
            .Select(l => $"{l.Key}=\"{PrometheusText.Escape(l.Value)}\"")) + "}";

    public override string ToString() => $"{Series()} {Value}";
}
