using System.Globalization;

namespace Penstock.Bench.Soak;

/// <summary>What a soak has shown: the figures, and a check of each thing that it promises.</summary>
internal sealed class SoakReport(SoakTally tally, IReadOnlyList<long> injected, IReadOnlyList<SoakSample> samples, SoakEnd end)
{
    // Noise: a garbage collection more or less, and connections that come and go with the load.
    private const double SlackMegabytes = 8;
    private const double SlackDescriptors = 25;

    private readonly SoakTrend _memory = SoakTrend.Of(samples, s => s.ResidentKilobytes / 1024.0, SlackMegabytes);
    private readonly SoakTrend _descriptors = SoakTrend.Of(samples, s => s.Descriptors, SlackDescriptors);

    /// <summary>Each check: what it is, and whether it holds.</summary>
    public IReadOnlyList<(string What, bool Holds)> Checks =>
    [
        ("every call was answered", tally.Count(SoakOutcome.Unanswered) == 0),
        ("no answer was truncated or wrong", tally.Count(SoakOutcome.Wrong) == 0),
        ("some answers were whole", tally.Count(SoakOutcome.Whole) > 0),
        ("every fault came up", injected.Skip(1).All(count => count > 0)),
        ("memory is flat", _memory.IsFlat),
        ("file descriptors are flat", _descriptors.IsFlat),
        ("nothing is in flight at the end", end.InFlight == 0),
        ("the gateway stops by itself, with 0", end.ExitCode == 0),
    ];

    public void Print(TextWriter writer)
    {
        writer.WriteLine(Text($"{tally.Total} calls: ") + string.Join(", ", Enum.GetValues<SoakOutcome>().Select(o => Text($"{tally.Count(o)} {NameOf(o)}"))));
        foreach (var outcome in new[] { SoakOutcome.ClearError, SoakOutcome.Unanswered, SoakOutcome.Wrong })
        {
            foreach (var (detail, count) in tally.Details(outcome).Take(10))
                writer.WriteLine(Text($"  {NameOf(outcome)}: {count} times {detail}"));
        }

        writer.WriteLine("faults by row: " + string.Join(", ", injected.Select((count, row) => (count, row)).Skip(1).Select(f => Text($"{f.row}: {f.count}"))));
        writer.WriteLine(Text($"memory: {_memory.Before:0.0} MB to {_memory.After:0.0} MB, {_memory.PerHour:+0.0;-0.0;0.0} MB an hour"));
        writer.WriteLine(Text($"file descriptors: {_descriptors.Before:0} to {_descriptors.After:0}, {_descriptors.PerHour:+0.0;-0.0;0.0} an hour"));
        writer.WriteLine(Text($"samples after the warm-up: {samples.Count}"));
        foreach (var (what, holds) in Checks)
            writer.WriteLine($"{(holds ? "ok  " : "FAIL")} {what}");
    }

    private static string NameOf(SoakOutcome outcome) => outcome switch
    {
        SoakOutcome.Whole => "whole",
        SoakOutcome.ClearError => "clear errors",
        SoakOutcome.Left => "left",
        SoakOutcome.Unanswered => "unanswered",
        _ => "wrong",
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
