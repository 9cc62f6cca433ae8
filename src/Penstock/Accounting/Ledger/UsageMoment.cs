using System.Globalization;

namespace Penstock.Accounting.Ledger;

/// <summary>Moments as people write them: a day, a time with its offset, or how long ago.</summary>
internal static class UsageMoment
{
    /// <summary>What is understood, for errors.</summary>
    public const string Expected = "a day like 2026-11-21, or a time like 2026-11-21T13:00:00Z";

    private static readonly string[] Times =
    [
        "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK",
    ];

    /// <summary>A day (its beginning in UTC) or a time as in RFC 3339; null for anything else.</summary>
    public static DateTimeOffset? Parse(string text)
    {
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        // In an address a plus may have become a space.
        text = text.Replace(' ', '+').Replace('z', 'Z').Replace('t', 'T');
        var hasOffset = text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-' && text[^3] == ':');
        return hasOffset && DateTimeOffset.TryParseExact(text, Times, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;
    }

    /// <summary>The same, or how long ago: <c>30m</c>, <c>12h</c>, <c>7d</c>.</summary>
    public static DateTimeOffset? Parse(string text, DateTimeOffset now)
    {
        if (text.Length < 2 || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > 100_000)
            return Parse(text);
        return text[^1] switch
        {
            'm' => now.AddMinutes(-count),
            'h' => now.AddHours(-count),
            'd' => now.AddDays(-count),
            _ => null,
        };
    }
}
