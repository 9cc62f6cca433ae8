namespace Penstock.Tests.Tools;

/// <summary>A log record as a collector receives it. Ids are lower-case hex.</summary>
internal sealed record OtlpLog
{
    public int SeverityNumber { get; init; }

    public string Severity { get; init; } = "";

    public object? Body { get; init; }

    public OtlpAttributes Attributes { get; init; } = OtlpAttributes.Empty;

    public string? TraceId { get; init; }

    public string? SpanId { get; init; }

    public OtlpAttributes Resource { get; init; } = OtlpAttributes.Empty;

    public string Scope { get; init; } = "";
}
