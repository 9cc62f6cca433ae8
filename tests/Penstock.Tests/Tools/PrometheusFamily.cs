namespace Penstock.Tests.Tools;

/// <summary>A metric family of a Prometheus exposition: its metadata, and its samples in the order of the text.</summary>
internal sealed class PrometheusFamily(string name)
{
    public string Name => name;

    /// <summary><c>untyped</c> (classic) or <c>unknown</c> (OpenMetrics) where the text says nothing.</summary>
    public string Type { get; set; } = "untyped";

    public string? Help { get; set; }

    public string? Unit { get; set; }

    public List<PrometheusSample> Samples { get; } = [];
}
