namespace Penstock.Tests.Tools;

/// <summary>An event of a span: an exception, for instance.</summary>
internal sealed record OtlpSpanEvent(string Name, ulong Time, OtlpAttributes Attributes);
