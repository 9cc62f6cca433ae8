using System.Buffers;
using System.Globalization;
using System.Text;

namespace Penstock.Telemetry;

/// <summary>
/// Writes metrics in Prometheus' text format 0.0.4 or in OpenMetrics 1.0: families one after another, each with its
/// HELP and TYPE, its samples together.
/// </summary>
internal sealed class PrometheusText(IBufferWriter<byte> output, bool openMetrics)
{
    private readonly StringBuilder _labels = new();
    private string _family = "";

    /// <summary>Begins a family. Counters are named without <c>_total</c>; their samples get it.</summary>
    public void Family(string name, string type, string help, string? unit = null)
    {
        _family = name;
        // In 0.0.4 the family of a counter is called what its sample is called; in OpenMetrics it lacks the suffix.
        var shown = type == "counter" && !openMetrics ? name + "_total" : name;
        if (openMetrics && unit is not null)
        {
            Line($"# TYPE {shown} {type}");
            Line($"# UNIT {shown} {unit}");
            Line($"# HELP {shown} {EscapeHelp(help)}");
        }
        else
        {
            Line($"# HELP {shown} {EscapeHelp(help)}");
            Line($"# TYPE {shown} {type}");
        }
    }

    public void Gauge(double value, params ReadOnlySpan<(string Name, string Value)> labels) => Sample("", value, labels);

    public void Counter(double value, params ReadOnlySpan<(string Name, string Value)> labels) => Sample("_total", value, labels);

    public void Histogram(Histogram histogram, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        var bounds = histogram.Buckets.UpperBounds;
        Span<long> counts = stackalloc long[bounds.Length + 1];
        histogram.CopyCounts(counts);
        var cumulative = 0L;
        (string, string)[] withBound = [.. labels, default];
        for (var i = 0; i < counts.Length; i++)
        {
            cumulative += counts[i];
            withBound[^1] = ("le", i < bounds.Length ? Number(bounds[i], openMetrics) : "+Inf");
            Sample("_bucket", cumulative, withBound);
        }

        // The count is the sum of the buckets as they were read, so that the two agree while requests go on.
        Sample("_sum", histogram.Sum / histogram.Buckets.Scale, labels);
        Sample("_count", cumulative, labels);
    }

    public void End()
    {
        if (openMetrics) Line("# EOF");
    }

    private void Sample(string suffix, double value, ReadOnlySpan<(string Name, string Value)> labels)
    {
        _labels.Clear();
        foreach (var (name, text) in labels)
        {
            _labels.Append(_labels.Length == 0 ? '{' : ',').Append(name).Append("=\"").Append(EscapeLabel(text)).Append('"');
        }

        if (_labels.Length > 0) _labels.Append('}');
        Line($"{_family}{suffix}{_labels} {Number(value, false)}");
    }

    // OpenMetrics wants canonical floats as bucket bounds: 1.0, not 1.
    private static string Number(double value, bool canonical)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        return canonical && text.AsSpan().IndexOfAny('.', 'E') < 0 ? text + ".0" : text;
    }

    private static string EscapeHelp(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string EscapeLabel(string text) =>
        text.AsSpan().IndexOfAny('\\', '"', '\n') < 0 ? text : EscapeHelp(text).Replace("\"", "\\\"", StringComparison.Ordinal);

    private void Line(string line)
    {
        Encoding.UTF8.GetBytes(line, output);
        output.Write("\n"u8);
    }
}
