using System.Text;

namespace Penstock.Tests.Tools;

/// <summary>
/// A Prometheus exposition, read as strictly as its formats are written: the text format 0.0.4 and OpenMetrics 1.0.
/// What breaks a MUST of either makes <see cref="Parse"/> throw; what promtool's linter frowns upon is in <see cref="Lint"/>.
/// </summary>
internal sealed class PrometheusText(IReadOnlyList<PrometheusFamily> families)
{
    public IReadOnlyList<PrometheusFamily> Families => families;

    public IEnumerable<PrometheusSample> Samples => families.SelectMany(f => f.Samples);

    /// <exception cref="FormatException">Not valid; the message begins with the line's number.</exception>
    public static PrometheusText Parse(string text, bool openMetrics)
    {
        var parsed = new PrometheusParser(text, openMetrics).Parse();
        foreach (var family in parsed)
            PrometheusRules.Check(family, openMetrics);
        return new PrometheusText(parsed);
    }

    /// <summary>What <c>promtool check metrics</c> would warn of; empty is clean.</summary>
    public IReadOnlyList<string> Lint() => [.. families.SelectMany(PrometheusLint.Check)];

    public PrometheusFamily Family(string name) => families.FirstOrDefault(f => f.Name == name)
        ?? throw new KeyNotFoundException($"No family {name}; there are {string.Join(", ", families.Select(f => f.Name))}.");

    /// <summary>The value of the only sample of this (whole) name that has these labels, among others or not.</summary>
    /// <exception cref="KeyNotFoundException">No sample has them, or several.</exception>
    public double Value(string name, params (string Name, string Value)[] labels)
    {
        var named = Samples.Where(s => s.Name == name).ToList();
        var found = named.Where(s => s.Has(labels)).ToList();
        if (found.Count == 1)
            return found[0].Value;
        var wanted = string.Join(",", labels.Select(l => $"{l.Name}=\"{l.Value}\""));
        throw new KeyNotFoundException(
            $"{found.Count} samples are {name}{{{wanted}}}; of that name: {string.Join("; ", named)}; " +
            $"families: {string.Join(", ", families.Select(f => f.Name))}.");
    }

    /// <summary>The sum over all samples of this name that have these labels; 0 where there is none.</summary>
    public double Sum(string name, params (string Name, string Value)[] labels) =>
        Samples.Where(s => s.Name == name && s.Has(labels)).Sum(s => s.Value);

    internal static string Escape(string value) => new StringBuilder(value)
        .Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n").ToString();

    internal static FormatException Refuse(int line, string why) => new($"line {line}: {why}");
}
