namespace Penstock.Protocol;

/// <summary>How long a server asks to be left alone, from the headers of its answer.</summary>
internal static class RetryAfter
{
    private const string Milliseconds = "retry-after-ms";
    private const string Standard = "Retry-After";
    private const string Reset = "x-ratelimit-reset";
    private const string Remaining = "x-ratelimit-remaining";

    /// <summary>
    /// The wait, from 0 to 24 hours: what <c>retry-after-ms</c> says, else <c>Retry-After</c>, else the longest of those
    /// <c>x-ratelimit-reset-*</c> whose limit is used up, as far as that is told. Null where nothing understandable is said.
    /// </summary>
    /// <param name="headers">The answer's headers.</param>
    /// <param name="now">The time by which dates are measured.</param>
    public static TimeSpan? Find(IReadOnlyList<KeyValuePair<string, string>> headers, DateTimeOffset now)
    {
        TimeSpan? standard = null;
        TimeSpan? reset = null;
        foreach (var (name, value) in headers)
        {
            if (Is(name, Milliseconds))
            {
                if (RetryTime.FromMilliseconds(value) is { } exact) return exact;
            }
            else if (Is(name, Standard))
            {
                standard ??= RetryTime.FromStandard(value, now);
            }
            else if (name.StartsWith(Reset, StringComparison.OrdinalIgnoreCase) && RetryTime.FromReset(value, now) is { } time
                && !(time < reset) && !HasRoom(headers, name.AsSpan(Reset.Length)))
            {
                reset = time;
            }
        }

        return standard ?? reset;
    }

    private static bool Is(string name, string expected) => name.Equals(expected, StringComparison.OrdinalIgnoreCase);

    // "x-ratelimit-remaining-tokens: 40" says that "x-ratelimit-reset-tokens" is not what there is to wait for.
    private static bool HasRoom(IReadOnlyList<KeyValuePair<string, string>> headers, ReadOnlySpan<char> limit)
    {
        foreach (var (name, value) in headers)
        {
            if (name.Length == Remaining.Length + limit.Length && name.StartsWith(Remaining, StringComparison.OrdinalIgnoreCase)
                && name.AsSpan(Remaining.Length).Equals(limit, StringComparison.OrdinalIgnoreCase)
                && RetryTime.Number(value) > 0)
                return true;
        }

        return false;
    }
}
