using Penstock.Storage;

namespace Penstock.Accounting.Ledger;

/// <summary>
/// Whose calls are summed up in one row: over <c>Span</c> seconds, from <c>Start</c> on, in microseconds since 1970.
/// </summary>
internal readonly record struct RollupKey(int Span, long Start, string Caller, string Model, string Backend, string Endpoint)
{
    public const int Hour = 3_600;
    public const int Day = 86_400;
    private const long Second = 1_000_000;

    public static readonly long HourLength = Hour * Second;
    public static readonly long DayLength = Day * Second;

    /// <summary>The rows of some records, in an order that all gateways keep, so that none waits for another that waits for it.</summary>
    public static IReadOnlyList<(RollupKey Key, UsageSums Sums)> Sum(IEnumerable<UsageRecord> records)
    {
        var sums = new Dictionary<RollupKey, UsageSums>();
        foreach (var record in records)
        {
            var time = StoredTime.Of(record.Time);
            var hour = new RollupKey(Hour, Floor(time, HourLength), record.Caller, record.Model, record.Backend, record.Endpoint);
            Add(sums, hour, UsageSums.Of(record));
            Add(sums, hour with { Span = Day, Start = Floor(time, DayLength) }, UsageSums.Of(record));
        }

        return [.. sums.Select(s => (s.Key, s.Value)).Order(Comparer<(RollupKey, UsageSums)>.Create(static (a, b) => Compare(a.Item1, b.Item1)))];
    }

    public static long Floor(long time, long length) => time - ((time % length) + length) % length;

    public static long Ceiling(long time, long length) => Floor(time + length - 1, length);

    private static void Add(Dictionary<RollupKey, UsageSums> sums, RollupKey key, UsageSums more) =>
        sums[key] = sums.TryGetValue(key, out var sum) ? sum + more : more;

    private static int Compare(RollupKey a, RollupKey b)
    {
        var order = a.Span.CompareTo(b.Span);
        if (order == 0) order = a.Start.CompareTo(b.Start);
        if (order == 0) order = string.CompareOrdinal(a.Caller, b.Caller);
        if (order == 0) order = string.CompareOrdinal(a.Model, b.Model);
        if (order == 0) order = string.CompareOrdinal(a.Backend, b.Backend);
        return order == 0 ? string.CompareOrdinal(a.Endpoint, b.Endpoint) : order;
    }
}
