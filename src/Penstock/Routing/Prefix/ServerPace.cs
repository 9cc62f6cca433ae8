namespace Penstock.Routing.Prefix;

/// <summary>
/// How fast a server is, as its answers have shown, and what it was sent and has not answered: what a further call would
/// have to wait for. It belongs to a server, not to a pool, and outlives a reload. Safe for use by several threads.
/// </summary>
internal sealed class ServerPace
{
    /// <summary>Seconds by which one more running call is thought to lengthen each token, before it has shown that.</summary>
    public const double UsualDecodeCost = 0.0004;

    // What a shorter prompt shows is the way there and back, not the reading.
    private const double LeastTelling = 256;

    private const double RateStep = 0.08;

    // The first call may have had to wait until a model was loaded, and the next ones for that.
    private const int FewestTelling = 5;

    // As long as it is new here, what a server had cached may be known to it only, and is taken for speed: what it shows then must
    // not last. Slower ones count as much as faster ones.
    private const int New = 64;

    private readonly Lock _lock = new();
    private readonly DecodeCost _decode = new();
    private readonly double[] _first = new double[FewestTelling];
    private readonly Queue<PacedCall> _whole = new();
    private int _observed;
    private double _prefillRate = double.NaN;
    private double _learnedAt;
    private long _waitingTokens;
    private int _waiting;
    private int _running;
    private long _joined;
    private long _parted;
    private double _busySince;
    private double _usualTokens;

    /// <summary>Calls that stand in line for a seat of it, and not for another's.</summary>
    public int Awaiting => AwaitingBefore(Volatile.Read(ref _joined));

    /// <summary>What it says of how much of a prompt it had.</summary>
    public CacheReports Cached { get; } = new();

    private double Rate => double.IsNaN(_prefillRate) ? PaceReading.UsualPrefillRate : _prefillRate;

    /// <summary>How it is now.</summary>
    /// <param name="now">The moment, in seconds.</param>
    /// <param name="others">Calls in it that are others', and how many of those wait.</param>
    public PaceReading Read(double now, (int Calls, int Waiting) others = default)
    {
        lock (_lock)
        {
            BeginWhole(now);
            // Others' prompts are taken to be as long as ours.
            var waitingTokens = WaitingAt(now) + (others.Waiting * _usualTokens);
            return new PaceReading(_prefillRate, _decode.Seconds, waitingTokens, _waiting + others.Waiting, _running + others.Calls - others.Waiting)
            {
                Age = now - _learnedAt,
            };
        }
    }

    /// <summary>One more call stands in line for a seat of it.</summary>
    /// <returns>Its turn: how many did so before it.</returns>
    public long Join() => Interlocked.Increment(ref _joined) - 1;

    /// <summary>It does so no longer.</summary>
    public void Part() => Interlocked.Increment(ref _parted);

    /// <summary>
    /// How many stand in line for a seat of it before a turn, as if they left in the order in which they came: where one that came
    /// later has left before, it is one too few for those who were there then.
    /// </summary>
    public int AwaitingBefore(long turn) => (int)Math.Max(0, turn - Volatile.Read(ref _parted));

    /// <summary>A call was sent.</summary>
    /// <param name="tokens">Tokens of its prompt that the server has to read.</param>
    /// <param name="now">The moment, in seconds.</param>
    /// <param name="isWhole">Whether its answer comes at once, so that it is not told when the prompt was read.</param>
    public PacedCall Sent(long tokens, double now, bool isWhole = false)
    {
        lock (_lock)
        {
            BeginWhole(now);
            var before = WaitingAt(now);
            var call = new PacedCall(tokens, before) { ReadBy = isWhole ? now + ((before + tokens) / Rate) : double.PositiveInfinity };
            if (isWhole) _whole.Enqueue(call);
            if (_waiting++ == 0) _busySince = now;
            _waitingTokens += tokens;
            _usualTokens += 0.05 * (tokens - _usualTokens);
            return call;
        }
    }

    /// <summary>A prompt was read: the answer has begun. It may be said more than once.</summary>
    /// <param name="call">The call.</param>
    /// <param name="now">The moment, in seconds.</param>
    /// <returns>How many calls run with it.</returns>
    public int Began(PacedCall call, double now)
    {
        lock (_lock)
        {
            if (!call.HasBegun && !call.HasEnded) Begin(call, now);
            return _running;
        }
    }

    /// <summary>A call has ended, whether its answer had begun or not. It may be said more than once.</summary>
    /// <returns>How many calls ran with it.</returns>
    public int Ended(PacedCall call)
    {
        lock (_lock)
        {
            if (call.HasEnded) return _running;
            call.HasEnded = true;
            if (call.HasBegun) return _running--;
            _waiting--;
            _waitingTokens -= call.Tokens;
            return _running;
        }
    }

    /// <summary>Prompts were read.</summary>
    /// <param name="tokens">Tokens.</param>
    /// <param name="seconds">How long that took.</param>
    /// <param name="now">The moment, in seconds.</param>
    public void LearnPrefill(double tokens, double seconds, double now)
    {
        if (tokens < LeastTelling || seconds <= 0) return;
        lock (_lock)
        {
            var rate = Math.Clamp(tokens / seconds, 1, 10_000_000);
            _learnedAt = now;
            if (double.IsNaN(_prefillRate))
            {
                LearnFirst(rate);
                return;
            }

            // What is exceeded by one in five: others' calls, and a line in the server, make a prompt look slower than it was read,
            // and the busiest time must not be taken for the server's speed.
            _prefillRate = rate > _prefillRate
                ? Math.Min(rate, _prefillRate * (1 + RateStep))
                : Math.Max(rate, _prefillRate * (1 - (_observed < New ? RateStep : RateStep / 4)));
            _observed = Math.Min(_observed + 1, New);
        }
    }

    /// <summary>An answer was written.</summary>
    /// <param name="running">Calls that ran meanwhile.</param>
    /// <param name="secondsPerToken">How long each of its tokens took.</param>
    public void LearnDecode(double running, double secondsPerToken)
    {
        lock (_lock) _decode.Observe(running, secondsPerToken);
    }

    // The one in the middle of the first: neither what waited for a model to be loaded, nor what was in a cache that nobody knew of.
    private void LearnFirst(double rate)
    {
        _first[_observed++] = rate;
        if (_observed < FewestTelling) return;
        Array.Sort(_first);
        _prefillRate = _first[FewestTelling / 2];
    }

    private void BeginWhole(double now)
    {
        while (_whole.TryPeek(out var call) && (call.HasEnded || call.ReadBy <= now))
        {
            _whole.Dequeue();
            if (!call.HasEnded && !call.HasBegun) Begin(call, call.ReadBy);
        }
    }

    private void Begin(PacedCall call, double now)
    {
        call.HasBegun = true;
        _waiting--;
        _waitingTokens -= call.Tokens;
        _busySince = Math.Max(_busySince, now);
        _running++;
    }

    // A server that works has read some of it since; how much is only known when an answer begins.
    private double WaitingAt(double now) =>
        _waiting == 0 ? 0 : Math.Max(_waitingTokens * (_waiting - 0.9) / _waiting, _waitingTokens - (Rate * Math.Max(0, now - _busySince)));
}
