namespace Penstock.Tests.Tools;

/// <summary>A data point of a metric: a value, or a histogram's count and sum.</summary>
internal sealed record OtlpPoint
{
    public OtlpAttributes Attributes { get; init; } = OtlpAttributes.Empty;

    /// <summary>Of a gauge or sum.</summary>
    public double? Value { get; init; }

    /// <summary>Of a histogram or summary.</summary>
    public ulong? Count { get; init; }

    /// <summary>Of a histogram or summary.</summary>
    public double? Sum { get; init; }

    /// <summary>A histogram's counts by bucket, not cumulative; one more than the bounds.</summary>
    public IReadOnlyList<ulong> BucketCounts { get; init; } = [];

    public IReadOnlyList<double> Bounds { get; init; } = [];
}
