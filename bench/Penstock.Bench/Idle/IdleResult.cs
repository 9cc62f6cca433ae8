using System.Globalization;

namespace Penstock.Bench.Idle;

/// <summary>What open streams that say nothing cost.</summary>
internal sealed record IdleResult
{
    /// <summary>Streams that were open at the second look.</summary>
    public required int Streams { get; init; }

    public required int Errors { get; init; }

    /// <summary>From the first connect until every stream had its first event.</summary>
    public required double OpenSeconds { get; init; }

    public long? ResidentKilobytesBefore { get; init; }

    public long? ResidentKilobytesAfter { get; init; }

    public double? KilobytesPerStream { get; init; }

    public void Print(TextWriter writer)
    {
        Line(writer, $"{Streams} streams open, {Errors} errors, all begun after {OpenSeconds:F2} s");
        if (KilobytesPerStream is { } each)
            Line(writer, $"rss  {ResidentKilobytesBefore} KB before, {ResidentKilobytesAfter} KB after, {each:F1} KB a stream");
    }

    private static void Line(TextWriter writer, FormattableString line) =>
        writer.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
