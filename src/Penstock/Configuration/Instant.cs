using System.Globalization;

namespace Penstock.Configuration;

/// <summary>Reads and shows moments: a date, which begins in UTC, or a date and a time with its offset.</summary>
internal static class Instant
{
    public const string Expected = "a date like 2027-01-01, or a time like 2027-01-01T12:00:00Z (RFC 3339)";

    private static readonly string[] Formats = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    /// <summary>A moment as answers and commands show it: RFC 3339, in UTC.</summary>
    public static string Show(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);

    /// <returns>Null where it is none.</returns>
    public static DateTimeOffset? Parse(string text)
    {
        const DateTimeStyles utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        return DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture, utc, out var instant) ? instant : null;
    }
}
