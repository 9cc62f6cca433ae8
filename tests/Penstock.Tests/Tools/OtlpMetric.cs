namespace Penstock.Tests.Tools;

/// <summary>A metric as a collector receives it.</summary>
internal sealed record OtlpMetric
{
    public string Name { get; init; } = "";

    public string Description { get; init; } = "";

    public string Unit { get; init; } = "";

    /// <summary><c>gauge</c>, <c>sum</c>, <c>histogram</c>, <c>exponential_histogram</c> or <c>summary</c>.</summary>
    public string Type { get; init; } = "";

    /// <summary>Whether a sum only grows: a counter, not an up-down counter.</summary>
    public bool IsMonotonic { get; init; }

    /// <summary><c>unspecified</c>, <c>delta</c> or <c>cumulative</c>.</summary>
    public string Temporality { get; init; } = "unspecified";

    public IReadOnlyList<OtlpPoint> Points { get; init; } = [];

    public OtlpAttributes Resource { get; init; } = OtlpAttributes.Empty;

    /// <summary>The name of the meter that made it.</summary>
    public string Scope { get; init; } = "";
}
