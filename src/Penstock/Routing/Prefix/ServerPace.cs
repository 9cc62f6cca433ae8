namespace Penstock.Routing.Prefix;

/// <summary>
/// How fast a server is, as its answers have shown, and what it was sent and has not answered: what a further call would
/// have to wait for. It belongs to a server, not to a pool, and outlives a reload. Safe for use by several threads.
/// </summary>
internal sealed class ServerPace
{
    /// <summary>Tokens a second that a server is thought to read before it has shown its speed.</summary>
    public const double UsualPrefillRate = 5000;

    /// <summary>Seconds by which one more running call is thought to lengthen each token, before it has shown that.</summary>
    public const double UsualDecodeCost = 0.0004;

    // What a shorter prompt shows is the way there and back, not the reading.
    private const double LeastTelling = 256;

    private const double RateStep = 0.08;

    private readonly Lock _lock = new();
    private readonly DecodeCost _decode = new();
    private double _prefillRate = double.NaN;
    private long _waitingTokens;
    private int _waiting;
    private int _running;
    private double _busySince;
    private double _usualTokens;

    /// <summary>What it says of how much of a prompt it had.</summary>
    public CacheReports Cached { get; } = new();

    private double Rate => double.IsNaN(_prefillRate) ? UsualPrefillRate : _prefillRate;

    /// <summary>How it is now.</summary>
    /// <param name="now">The moment, in seconds.</param>
    /// <param name="others">Calls in it that are others', and how many of those wait.</param>
    public PaceReading Read(double now, (int Calls, int Waiting) others = default)
    {
        lock (_lock)
        {
            // Others' prompts are taken to be as long as ours.
            return new PaceReading(
                Rate, _decode.Seconds, WaitingAt(now) + (others.Waiting * _usualTokens), _waiting + others.Waiting, _running + others.Calls - others.Waiting);
        }
    }

    /// <summary>A call was sent.</summary>
    /// <param name="tokens">Tokens of its prompt that the server has to read.</param>
    /// <param name="now">The moment, in seconds.</param>
    /// <returns>The tokens that it has to read before, and with, this prompt.</returns>
    public double Sent(long tokens, double now)
    {
        lock (_lock)
        {
            if (_waiting++ == 0) _busySince = now;
            _waitingTokens += tokens;
            _usualTokens += 0.05 * (tokens - _usualTokens);
            return WaitingAt(now);
        }
    }

    /// <summary>A prompt was read: the answer has begun.</summary>
    /// <param name="tokens">As with <see cref="Sent"/>.</param>
    /// <param name="now">The moment, in seconds.</param>
    /// <returns>How many calls run with it.</returns>
    public int Began(long tokens, double now)
    {
        lock (_lock)
        {
            _waiting--;
            _waitingTokens -= tokens;
            _busySince = now;
            return ++_running;
        }
    }

    /// <summary>A call has ended without an answer.</summary>
    public void GaveUp(long tokens)
    {
        lock (_lock)
        {
            _waiting--;
            _waitingTokens -= tokens;
        }
    }

    /// <summary>A call has ended whose answer had begun.</summary>
    /// <returns>How many calls ran with it.</returns>
    public int Ended()
    {
        lock (_lock) return _running--;
    }

    /// <summary>Prompts were read.</summary>
    /// <param name="tokens">Tokens.</param>
    /// <param name="seconds">How long that took.</param>
    public void LearnPrefill(double tokens, double seconds)
    {
        if (tokens < LeastTelling || seconds <= 0) return;
        lock (_lock)
        {
            var rate = Math.Clamp(tokens / seconds, 1, 10_000_000);
            // What is exceeded by one in five: others' calls, and a line in the server, make a prompt look slower than it was read,
            // and the busiest time must not be taken for the server's speed.
            _prefillRate = double.IsNaN(_prefillRate) ? rate
                : rate > _prefillRate ? Math.Min(rate, _prefillRate * (1 + RateStep)) : Math.Max(rate, _prefillRate * (1 - (RateStep / 4)));
        }
    }

    /// <summary>An answer was written.</summary>
    /// <param name="running">Calls that ran meanwhile.</param>
    /// <param name="secondsPerToken">How long each of its tokens took.</param>
    public void LearnDecode(double running, double secondsPerToken)
    {
        lock (_lock) _decode.Observe(running, secondsPerToken);
    }

    // A server that works has read some of it since; how much is only known when an answer begins.
    private double WaitingAt(double now) =>
        _waiting == 0 ? 0 : Math.Max(_waitingTokens * (_waiting - 0.9) / _waiting, _waitingTokens - (Rate * Math.Max(0, now - _busySince)));
}
