namespace Penstock.Tests.Tools;

/// <summary>A span as a collector receives it. Ids are lower-case hex.</summary>
internal sealed record OtlpSpan
{
    public string Name { get; init; } = "";

    /// <summary><c>unspecified</c>, <c>internal</c>, <c>server</c>, <c>client</c>, <c>producer</c> or <c>consumer</c>.</summary>
    public string Kind { get; init; } = "unspecified";

    public string TraceId { get; init; } = "";

    public string SpanId { get; init; } = "";

    /// <summary>Null for a root span.</summary>
    public string? ParentSpanId { get; init; }

    /// <summary>Nanoseconds since 1970.</summary>
    public ulong Start { get; init; }

    /// <summary>Nanoseconds since 1970.</summary>
    public ulong End { get; init; }

    /// <summary><c>unset</c>, <c>ok</c> or <c>error</c>.</summary>
    public string Status { get; init; } = "unset";

    public string StatusMessage { get; init; } = "";

    public OtlpAttributes Attributes { get; init; } = OtlpAttributes.Empty;

    public IReadOnlyList<OtlpSpanEvent> Events { get; init; } = [];

    public OtlpAttributes Resource { get; init; } = OtlpAttributes.Empty;

    /// <summary>The name of the source that made it.</summary>
    public string Scope { get; init; } = "";
}
