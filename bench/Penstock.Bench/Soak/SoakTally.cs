using System.Collections.Concurrent;

namespace Penstock.Bench.Soak;

/// <summary>How many calls ended how.</summary>
internal sealed class SoakTally
{
    private readonly ConcurrentDictionary<SoakVerdict, int> _verdicts = new();

    public int Total => _verdicts.Values.Sum();

    public int Count(SoakOutcome outcome) => _verdicts.Where(v => v.Key.Outcome == outcome).Sum(v => v.Value);

    public void Add(SoakVerdict verdict) => _verdicts.AddOrUpdate(verdict, 1, static (_, count) => count + 1);

    /// <summary>The details of an outcome, the most frequent first.</summary>
    public IEnumerable<(string Detail, int Count)> Details(SoakOutcome outcome) => _verdicts
        .Where(v => v.Key.Outcome == outcome && v.Key.Detail is not null)
        .Select(v => (v.Key.Detail!, v.Value))
        .OrderByDescending(v => v.Value);
}
