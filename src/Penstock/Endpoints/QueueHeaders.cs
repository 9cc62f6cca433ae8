using System.Globalization;
using Penstock.Admission.Queue;
using Penstock.Configuration;
using Penstock.Protocol;

namespace Penstock.Endpoints;

/// <summary>What a caller may say of its place in line: a lower priority than its key's, and how long it waits.</summary>
internal static class QueueHeaders
{
    public const string Priority = "X-Priority";
    public const string Timeout = "X-Request-Timeout";

    private const double LongestTimeout = 86_400;

    /// <summary>Reads them into the exchange.</summary>
    /// <returns>What is wrong with them; null: nothing.</returns>
    public static ApiError? Read(Exchange exchange)
    {
        var headers = exchange.Request.Headers;
        var priority = exchange.Caller!.Priority;
        if (headers.TryGetValue(Priority, out var asked))
        {
            if (asked.Count != 1 || !ConfigWords.Priorities.TryGet(asked[0]!, out var wanted)) return Errors.InvalidValue(Priority, "expected high, normal or batch");
            // A key's priority is its operator's decision: what is above it is as good as that.
            if (RankOf(wanted) > RankOf(priority)) priority = wanted;
        }

        TimeSpan? timeout = null;
        if (headers.TryGetValue(Timeout, out var time))
        {
            if (time.Count != 1 || !TryParseSeconds(time[0], out var seconds))
                return Errors.InvalidValue(Timeout, FormattableString.Invariant($"expected a time in seconds, more than 0 and at most {LongestTimeout}"));
            timeout = seconds;
        }

        exchange.Queue = new QueueTerms(priority, timeout);
        return null;
    }

    private static int RankOf(CallerPriority priority) => priority switch
    {
        CallerPriority.High => 0,
        CallerPriority.Normal => 1,
        _ => 2,
    };

    // What is shorter than a tick would be no time at all.
    private static bool TryParseSeconds(string? text, out TimeSpan time)
    {
        var isTime = double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 1e-7 and <= LongestTimeout;
        time = isTime ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero;
        return isTime;
    }
}
