using Penstock.Configuration;

namespace Penstock.Forwarding;

/// <summary>How long a call leaves a backend alone that has failed it: longer each time, and by chance, so that calls which failed together do not come back together.</summary>
/// <param name="retry">How it was configured.</param>
internal struct Backoff(RetryConfig retry)
{
    private int _repeats;

    /// <summary>The next wait: full jitter above the half.</summary>
    public TimeSpan Next()
    {
        var longest = retry.Backoff * Math.Pow(2, Math.Min(_repeats++, 16));
        if (longest > retry.MaxBackoff) longest = retry.MaxBackoff;
        return longest * (0.5 + (Random.Shared.NextDouble() / 2));
    }

    /// <summary>A wait that others have, too, and a little more.</summary>
    public static TimeSpan Spread(TimeSpan wait) => wait + TimeSpan.FromMilliseconds(10) + (wait * 0.1 * Random.Shared.NextDouble());
}
