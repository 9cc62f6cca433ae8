using System.Globalization;
using Microsoft.AspNetCore.Http;
using Penstock.Admission.Limits;

namespace Penstock.Endpoints;

/// <summary>
/// What OpenAI's clients read of their limits: <c>x-ratelimit-limit-*</c>, <c>-remaining-*</c> and <c>-reset-*</c>, for requests
/// and for tokens. A reset is when the limit is whole again, like <c>1m30s</c> or <c>250ms</c>.
/// </summary>
internal static class RateLimitHeaders
{
    public static void Write(IHeaderDictionary headers, LimitReading reading)
    {
        if (reading.RequestLimit > 0)
        {
            headers["x-ratelimit-limit-requests"] = Text(reading.RequestLimit);
            headers["x-ratelimit-remaining-requests"] = Text(reading.RequestsLeft);
            headers["x-ratelimit-reset-requests"] = Text(reading.RequestsFullIn);
        }

        if (reading.TokenLimit == 0) return;
        headers["x-ratelimit-limit-tokens"] = Text(reading.TokenLimit);
        headers["x-ratelimit-remaining-tokens"] = Text(reading.TokensLeft);
        headers["x-ratelimit-reset-tokens"] = Text(reading.TokensFullIn);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    // As OpenAI writes them: 6m0s, 1s, 250ms; rounded up, so that it is never too early.
    private static string Text(TimeSpan time)
    {
        var milliseconds = (long)Math.Ceiling(time.TotalMilliseconds);
        if (milliseconds < 1000) return string.Create(CultureInfo.InvariantCulture, $"{milliseconds}ms");
        var (minutes, rest) = Math.DivRem(milliseconds, 60_000);
        return minutes > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{minutes}m{rest / 1000.0:0.###}s")
            : string.Create(CultureInfo.InvariantCulture, $"{rest / 1000.0:0.###}s");
    }
}
