using System.Buffers;
using System.Globalization;

namespace Penstock.Protocol;

/// <summary>
/// The ways in which servers write how long to wait. Each gives a time from 0 (what is past is over) to 24 hours (longer
/// is a mistake, or as good as never); null for what is none of them.
/// </summary>
internal static class RetryTime
{
    private const NumberStyles Decimal = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite;
    private const DateTimeStyles Universal = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal | DateTimeStyles.AllowWhiteSpaces;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");
    private static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    // RFC 9110, 5.6.7, without the day of the week, which says nothing: the format of today and the two of old.
    private static readonly string[] HttpDates = ["d MMM yyyy HH:mm:ss 'GMT'", "d-MMM-yy HH:mm:ss 'GMT'", "MMM d HH:mm:ss yyyy"];

    private static readonly string[] InternetDates = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd't'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK"];

    private static readonly (string Unit, double Seconds)[] Units =
        [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("μs", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600)];

    /// <summary><c>retry-after-ms</c>: a number of milliseconds.</summary>
    public static TimeSpan? FromMilliseconds(string text) => Number(text) is { } milliseconds ? Capped(milliseconds / 1000) : null;

    /// <summary><c>Retry-After</c>: seconds, or an HTTP date.</summary>
    public static TimeSpan? FromStandard(string text, DateTimeOffset now) =>
        Number(text) is { } seconds ? Capped(seconds) : HttpDate(text, now) is { } date ? Until(date, now) : null;

    /// <summary><c>x-ratelimit-reset-*</c>: a duration like <c>6m0s</c>, seconds, Unix time, or a date of RFC 3339.</summary>
    public static TimeSpan? FromReset(string text, DateTimeOffset now) => Number(text) switch
    {
        // Nobody waits for 30 years: those are moments. Milliseconds have not been so few since 2001.
        > 1e12 and var milliseconds => Capped((milliseconds - now.ToUnixTimeMilliseconds()) / 1000),
        > 1e9 and var seconds => Capped(seconds - now.ToUnixTimeMilliseconds() / 1000d),
        { } seconds => Capped(seconds),
        null => Duration(text.AsSpan().Trim()) is { } seconds ? Capped(seconds) : InternetDate(text) is { } date ? Until(date, now) : null,
    };

    /// <summary>A decimal number, finite.</summary>
    public static double? Number(string text) =>
        double.TryParse(text, Decimal, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    private static TimeSpan Capped(double seconds) =>
        seconds <= 0 ? TimeSpan.Zero : seconds >= Longest.TotalSeconds ? Longest : TimeSpan.FromSeconds(seconds);

    private static TimeSpan Until(DateTimeOffset date, DateTimeOffset now) => Capped((date - now).TotalSeconds);

    // Seconds of what Go writes: 1h2m3.5s.
    private static double? Duration(ReadOnlySpan<char> text)
    {
        var sign = text.StartsWith('-') ? -1 : 1;
        if (text.Length > 0 && text[0] is '+' or '-') text = text[1..];
        if (text.IsEmpty) return null;
        var sum = 0d;
        while (!text.IsEmpty)
        {
            var digits = text.IndexOfAnyExcept(Digits);
            if (digits <= 0 || !double.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return null;
            text = text[digits..];
            var letters = text.IndexOfAnyInRange('.', '9');
            var unit = letters < 0 ? text : text[..letters];
            if (SecondsOf(unit) is not { } seconds) return null;
            sum += number * seconds;
            text = text[unit.Length..];
        }

        return double.IsFinite(sum) ? sign * sum : null;
    }

    private static double? SecondsOf(ReadOnlySpan<char> unit)
    {
        foreach (var (name, seconds) in Units)
        {
            if (unit.SequenceEqual(name)) return seconds;
        }

        return null;
    }

    private static DateTimeOffset? HttpDate(string text, DateTimeOffset now)
    {
        // "Sun, 06 Nov 1994 …", "Sunday, 06-Nov-94 …", "Sun Nov  6 …".
        var day = text.AsSpan().Trim().IndexOf(' ');
        if (day < 0 || !DateTimeOffset.TryParseExact(text.Trim()[day..], HttpDates, CultureInfo.InvariantCulture, Universal, out var date)) return null;
        // A year of two digits that is more than 50 years ahead was meant to be in the past.
        return date.Year > now.Year + 50 && text.Contains('-', StringComparison.Ordinal) ? date.AddYears(-100) : date;
    }

    private static DateTimeOffset? InternetDate(string text)
    {
        // More digits than a clock here has: nanoseconds.
        var fraction = text.IndexOf('.', StringComparison.Ordinal);
        if (fraction >= 0)
        {
            var end = fraction + 1;
            while (end < text.Length && char.IsAsciiDigit(text[end])) end++;
            if (end - fraction > 8) text = text.Remove(fraction + 8, end - fraction - 8);
        }

        return DateTimeOffset.TryParseExact(text, InternetDates, CultureInfo.InvariantCulture, Universal, out var date) ? date : null;
    }
}
