using System.Globalization;

namespace Penstock.Tests.Tools;

/// <summary>What the samples of a family of each type must be.</summary>
internal static class PrometheusRules
{
    /// <summary>What may follow the family's name in its samples' names.</summary>
    public static string[] Suffixes(string type, bool openMetrics) => (type, openMetrics) switch
    {
        ("counter", true) => ["_total", "_created"],
        ("histogram", true) => ["_bucket", "_count", "_sum", "_created"],
        ("histogram", false) => ["_bucket", "_count", "_sum"],
        ("gaugehistogram", _) => ["_bucket", "_gcount", "_gsum"],
        ("summary", true) => ["", "_count", "_sum", "_created"],
        ("summary", false) => ["", "_count", "_sum"],
        ("info", _) => ["_info"],
        _ => [""],
    };

    public static void Check(PrometheusFamily family, bool openMetrics)
    {
        foreach (var sample in family.Samples)
        {
            CheckExemplar(family, sample);
            CheckValue(family, sample);
        }

        if (family.Unit is { Length: > 0 } && family.Type is "info" or "stateset")
            throw PrometheusText.Refuse(FirstLine(family), $"the {family.Type} {family.Name} has a unit");
        if (family.Type is "histogram" or "gaugehistogram")
        {
            // A histogram's lines come one label set after the other: that is how its buckets can be in order.
            foreach (var (labels, samples) in Contiguous(family, "le"))
                CheckHistogram(family, labels, samples);
        }

        if (family.Type == "summary")
        {
            foreach (var (labels, samples) in Contiguous(family, "quantile"))
                CheckSummary(family, labels, samples);
        }

        if (family.Type == "counter" && openMetrics)
        {
            foreach (var (labels, samples) in Contiguous(family, null))
                Only(family, labels, samples, "_total");
        }
    }

    private static void CheckExemplar(PrometheusFamily family, PrometheusSample sample)
    {
        var allowed = sample.Name == family.Name + "_total" || sample.Name == family.Name + "_bucket";
        if (sample.HasExemplar && !allowed)
            throw PrometheusText.Refuse(sample.Line, $"{sample.Name} may not have an exemplar");
    }

    private static void CheckValue(PrometheusFamily family, PrometheusSample sample)
    {
        var counts = sample.Name[family.Name.Length..] is "_total" or "_bucket" or "_count" or "_gcount"
            || (family.Type == "counter" && sample.Name == family.Name);
        if (family.Type is "untyped" or "unknown" or "gauge")
            return;
        if (counts && !(sample.Value >= 0))
            throw PrometheusText.Refuse(sample.Line, $"{sample.Name} counts, and can not be {sample.Value}");
        if (family.Type == "histogram" && sample.Name == family.Name + "_bucket" && sample.Label("le") is null)
            throw PrometheusText.Refuse(sample.Line, $"{sample.Name} without le");
        if (family.Type == "info" && sample.Value != 1)
            throw PrometheusText.Refuse(sample.Line, $"the info {sample.Name} is not 1");
        if (family.Type == "stateset" && (sample.Value is not (0 or 1) || sample.Label(family.Name) is null))
            throw PrometheusText.Refuse(sample.Line, $"the stateset {sample.Name} is not 0 or 1, or lacks its label");
    }

    private static void CheckHistogram(PrometheusFamily family, string labels, List<PrometheusSample> samples)
    {
        var name = family.Name + labels;
        var line = samples[0].Line;
        var gauge = family.Type == "gaugehistogram";
        var previous = (Bound: double.NegativeInfinity, Count: 0.0, Any: false);
        foreach (var bucket in samples.Where(s => s.Name == family.Name + "_bucket"))
        {
            var bound = Bound(bucket);
            if (previous.Any && bound <= previous.Bound)
                throw PrometheusText.Refuse(bucket.Line, $"the bucket {bucket.Label("le")} of {name} does not come in order");
            if (bucket.Value < previous.Count)
                throw PrometheusText.Refuse(bucket.Line, $"the buckets of {name} are not cumulative");
            previous = (bound, bucket.Value, true);
        }

        if (!previous.Any || !double.IsPositiveInfinity(previous.Bound))
            throw PrometheusText.Refuse(line, $"{name} has no bucket +Inf");
        var count = Only(family, labels, samples, gauge ? "_gcount" : "_count");
        if (count.Value != previous.Count)
            throw PrometheusText.Refuse(count.Line, $"the count of {name} is {count.Value}, its bucket +Inf {previous.Count}");
        Only(family, labels, samples, gauge ? "_gsum" : "_sum");
    }

    private static void CheckSummary(PrometheusFamily family, string labels, List<PrometheusSample> samples)
    {
        foreach (var quantile in samples.Where(s => s.Name == family.Name))
        {
            if (!(Parse(quantile, "quantile") is >= 0 and <= 1))
                throw PrometheusText.Refuse(quantile.Line, "a quantile is from 0 to 1");
        }

        Only(family, labels, samples, "_count");
        Only(family, labels, samples, "_sum");
    }

    private static PrometheusSample Only(
        PrometheusFamily family, string labels, List<PrometheusSample> samples, string suffix) =>
        samples.Find(s => s.Name == family.Name + suffix)
        ?? throw PrometheusText.Refuse(samples[0].Line, $"{family.Name}{suffix}{labels} is missing");

    private static List<(string Labels, List<PrometheusSample> Samples)> Contiguous(PrometheusFamily family, string? without)
    {
        var groups = new List<(string Labels, List<PrometheusSample> Samples)>();
        foreach (var sample in family.Samples)
        {
            var labels = sample.LabelSet(without);
            if (groups.Count == 0 || groups[^1].Labels != labels)
            {
                if (groups.Exists(g => g.Labels == labels))
                    throw PrometheusText.Refuse(sample.Line, $"the lines of {family.Name}{labels} are not one group");
                groups.Add((labels, []));
            }

            groups[^1].Samples.Add(sample);
        }

        return groups;
    }

    private static double Bound(PrometheusSample bucket) => Parse(bucket, "le");

    private static double Parse(PrometheusSample sample, string label)
    {
        var text = sample.Label(label);
        if (text == "+Inf")
            return double.PositiveInfinity;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? value
            : throw PrometheusText.Refuse(sample.Line, $"{label}=\"{text}\" is no number");
    }

    private static int FirstLine(PrometheusFamily family) => family.Samples is [var first, ..] ? first.Line : 0;
}
