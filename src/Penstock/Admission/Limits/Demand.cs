namespace Penstock.Admission.Limits;

/// <summary>
/// How much of a shared limit a replica needs: what requests wait for, and what it has used lately, so that it holds about a
/// second's worth. Not safe for several threads: the <see cref="Meter"/> locks.
/// </summary>
internal struct Demand
{
    private const double Microseconds = 1_000_000;
    private const long MicrosecondsAMinute = 60_000_000;

    // How long what the store has said is true, and how long a grant is kept for those who asked for it; microseconds.
    private const long MostStale = 300_000;
    private const long KeptFor = 500_000;

    private long _used;
    private long _askedAt;
    private double _perSecond;
    private long _left;
    private long _leftAt;
    private bool _isKnown;
    private long _grantedAt;

    /// <summary>What requests that wait are short of.</summary>
    public long Needed { get; private set; }

    public void Use(long amount) => _used += amount;

    public void Need(long amount) => Needed = Math.Min(Needed + amount, long.MaxValue / 4);

    /// <summary>What was used in a second lately, rounded up; and begins a new count.</summary>
    public long Turn(long now)
    {
        var rate = _used / Math.Max(0.05, (now - _askedAt) / Microseconds);
        // A burst is followed at once, and forgotten slowly.
        _perSecond = rate > _perSecond ? rate : (_perSecond + rate) / 2;
        if (_perSecond < 0.1) _perSecond = 0;
        (_used, _askedAt, Needed) = (0, now, 0);
        return (long)Math.Ceiling(Math.Min(_perSecond, long.MaxValue / 8));
    }

    /// <summary>What is to be done with what is here; begins a new count.</summary>
    /// <param name="there">What is here.</param>
    /// <param name="owed">What of it the store has not granted.</param>
    /// <param name="limit">All that there is.</param>
    /// <param name="now">The moment.</param>
    public LeasePlan Plan(long there, long owed, long limit, long now)
    {
        var needed = Needed;
        var aSecond = Turn(now);
        // Debts are the store's; of the rest two seconds' worth is kept.
        var kept = Math.Clamp(there - owed, 0, IsFresh(now) ? limit : 2 * aSecond);
        return new LeasePlan(kept, there - owed - kept, Math.Max(0, needed - kept), Math.Max(0, aSecond - kept));
    }

    /// <summary>The store has answered.</summary>
    public void Know(LeaseGrant grant, long now)
    {
        (_left, _leftAt, _isKnown) = (grant.Left, now, true);
        if (grant.Granted > 0) _grantedAt = now;
    }

    /// <summary>Nothing will be needed any more.</summary>
    public void Forget() => this = default;

    /// <summary>Whether what was granted last is to be kept: those who have asked for it may not have taken it yet.</summary>
    public readonly bool IsFresh(long now) => _isKnown && now - _grantedAt < KeptFor;

    /// <summary>How long until the store has so much, by what it said last, in microseconds; 0: it may have it now.</summary>
    /// <param name="missing">What is missing here.</param>
    /// <param name="perMinute">What comes in.</param>
    /// <param name="now">The moment.</param>
    public readonly long WaitFor(long missing, long perMinute, long now)
    {
        // What others gave back since is not known: it is asked for again before long.
        if (!_isKnown || now - _leftAt > MostStale) return 0;
        var incoming = (Int128)(now - _leftAt) * perMinute;
        var lacking = ((Int128)(missing - _left) * MicrosecondsAMinute) - incoming;
        return lacking <= 0 ? 0 : perMinute == 0 ? MostStale : (long)Int128.Min(((lacking - 1) / perMinute) + 1, long.MaxValue / 8);
    }

    /// <summary>What the store had left, by what it said last; 0 where it has said nothing yet.</summary>
    public readonly long Left => _left;

    /// <summary>
    /// What a replica may use at once when the store has just gone away: a second's worth of its share, where the store may have
    /// that much left; where it is alone, what the store had left; all of its share, where the store was never heard.
    /// </summary>
    /// <param name="share">Its share, a minute.</param>
    /// <param name="outage">What is known of the others.</param>
    public readonly long Start(long share, Outage outage) => !outage.WasHeard ? share
        : outage.Replicas == 1 ? _isKnown ? Math.Clamp(_left, 0, share) : share
        : Math.Clamp(_isKnown ? _left / (2 * outage.Replicas) : share, 0, Math.Max(1, share / 60));

    /// <summary>This replica's share of what the store had left; of all that there is, where it was never heard.</summary>
    /// <param name="limit">All that there is.</param>
    /// <param name="outage">What is known of the others.</param>
    public readonly long ShareOfLeft(long limit, Outage outage) =>
        _isKnown ? Math.Clamp(_left / outage.Replicas, 0, limit) : outage.WasHeard ? 0 : limit / outage.Replicas;
}
