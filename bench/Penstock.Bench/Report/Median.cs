using System.Globalization;

namespace Penstock.Bench.Report;

/// <summary>The middle of the rounds, which one disturbed round does not move as it would move a mean.</summary>
internal static class Median
{
    /// <returns>Null where no round has a value.</returns>
    public static double? Of<T>(IReadOnlyList<T> rounds, Func<T, double?> value)
    {
        var values = new List<double>(rounds.Count);
        foreach (var round in rounds)
        {
            if (value(round) is { } v)
                values.Add(v);
        }

        if (values.Count == 0)
            return null;
        values.Sort();
        var middle = values.Count / 2;
        return values.Count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }

    /// <returns>The median of one proxy, where that proxy was run.</returns>
    public static double? Of<T>(OrderedDictionary<string, List<T>> proxies, string proxy, Func<T, double?> value) =>
        proxies.TryGetValue(proxy, out var rounds) ? Of(rounds, value) : null;

    public static string Text(double? value, string format) =>
        value is { } v ? v.ToString(format, CultureInfo.InvariantCulture) : "–";

    public static string Ratio(double? value, double? baseline) =>
        value is { } v && baseline is > 0 ? (v / baseline.Value).ToString("F2", CultureInfo.InvariantCulture) + " ×" : "–";
}
