using System.Globalization;

namespace Penstock.Bench.Load;

/// <summary>What one run found. Null where it does not apply: no stream, no process to watch.</summary>
internal sealed record LoadResult
{
    public required int Connections { get; init; }

    /// <summary>The window's true length.</summary>
    public required double Seconds { get; init; }

    /// <summary>Whole and right answers that ended within the window.</summary>
    public required long Requests { get; init; }

    /// <summary>Everything else, from the first connect to the last answer drained.</summary>
    public required int Errors { get; init; }

    public required double RequestsPerSecond { get; init; }

    public required double P50Milliseconds { get; init; }

    public required double P90Milliseconds { get; init; }

    public required double P99Milliseconds { get; init; }

    /// <summary>From the request to the first event.</summary>
    public double? FirstP50Milliseconds { get; init; }

    public double? FirstP99Milliseconds { get; init; }

    public double? EventsPerSecond { get; init; }

    public double? CpuMicrosPerRequest { get; init; }

    public double? CpuMicrosPerEvent { get; init; }

    /// <summary>Of one core.</summary>
    public double? CpuPercent { get; init; }

    public long? ResidentKilobytes { get; init; }

    public void Print(TextWriter writer)
    {
        Line(writer, $"{Requests} requests in {Seconds:F2} s on {Connections} connections, {Errors} errors");
        Line(writer, $"requests/s  {RequestsPerSecond:F0}");
        Line(writer, $"latency     p50 {P50Milliseconds:F3} ms, p90 {P90Milliseconds:F3} ms, p99 {P99Milliseconds:F3} ms");
        if (EventsPerSecond is { } events)
        {
            Line(writer, $"events/s    {events:F0}");
            Line(writer, $"first event p50 {FirstP50Milliseconds:F3} ms, p99 {FirstP99Milliseconds:F3} ms");
        }

        if (CpuPercent is { } percent)
        {
            Line(writer, $"cpu         {percent:F1} % of a core, {CpuMicrosPerRequest:F1} us a request");
            if (CpuMicrosPerEvent is { } each)
                Line(writer, $"            {each:F2} us an event");
            Line(writer, $"rss         {ResidentKilobytes} KB");
        }
    }

    private static void Line(TextWriter writer, FormattableString line) =>
        writer.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
