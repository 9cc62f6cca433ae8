namespace Penstock.Admission.Limits;

/// <summary>
/// Calls at a time. Of a limit that replicas share it holds some seats, which lapse when the replica is not heard of. Not
/// safe for several threads: its <see cref="Meter"/> locks.
/// </summary>
internal struct Seats
{
    // Calls end all the time; there is nothing that says when the next one does.
    private const long OneIsFreeIn = 1_000_000;

    private SharingMode _mode;
    private Demand _demand;
    private int _held;
    private int _peak;

    /// <summary>How many there are; 0: there is no limit.</summary>
    public int Limit { get; private set; }

    /// <summary>Calls that have begun and not ended.</summary>
    public int Taken { get; private set; }

    public readonly bool IsLimited => Limit > 0;

    public void Configure(int? limit, bool isShared)
    {
        Limit = limit ?? 0;
        if (!isShared) _held = Limit;
        else if (_mode == SharingMode.Own || !IsLimited) (_mode, _held) = (SharingMode.Shared, 0);
    }

    /// <summary>How long until one is free, in microseconds; 0: one is.</summary>
    /// <param name="now">The moment.</param>
    /// <param name="mayAsk">Whether the store may have one.</param>
    public readonly long WaitFor(long now, out bool mayAsk)
    {
        mayAsk = false;
        if (!IsLimited || Taken < _held) return 0;
        if (_mode != SharingMode.Shared || Taken >= Limit) return OneIsFreeIn;
        mayAsk = _demand.WaitFor(1, perMinute: 0, now) == 0;
        return OneIsFreeIn;
    }

    public void Take()
    {
        Taken++;
        _peak = Math.Max(_peak, Taken);
    }

    public void Leave() => Taken--;

    /// <summary>A request waits for a seat from the store.</summary>
    public void Need()
    {
        if (IsLimited && _mode == SharingMode.Shared) _demand.Need(1);
    }

    /// <summary>Nothing will be needed any more: what is here goes back with the next word to the store.</summary>
    public void Forget() => _demand.Forget();

    /// <summary>What the store is told and asked; false: there is nothing to say.</summary>
    public bool TryAsk(Meter meter, long now, out LeaseAsk ask)
    {
        ask = default;
        if (!IsLimited) return false;
        var needed = _demand.Needed;
        _demand.Turn(now);
        // What was taken at once lately, and one for the next call; more where all that there was, was taken.
        var wanted = _peak == 0 ? 0 : _peak + 1 + (_peak >= _held ? _peak / 4 : 0);
        var kept = _demand.IsFresh(now) ? _held : Math.Min(_held, wanted);
        // Calls that have begun are there, whether their seats are still this replica's or not: others must know.
        var holding = Math.Max(Taken, kept);
        var isNothing = holding == 0 && _held == 0 && needed == 0 && wanted == 0;
        _held = kept;
        _peak = Taken;
        if (_mode == SharingMode.Shared && isNothing) return false;
        // What is free here already is asked for by those only who wait for something else.
        needed = Math.Max(0, needed - Math.Max(0, kept - Taken));
        ask = new LeaseAsk(meter, LimitKind.Concurrency, Limit, holding, Return: 0, needed, Math.Max(0, Math.Min(wanted, Limit) - holding), Ends: 0);
        return true;
    }

    /// <summary>The store has answered.</summary>
    /// <param name="holding">What it was told that is held here.</param>
    /// <param name="grant">What it says: that less than nothing is left where more is held in all than there is.</param>
    /// <param name="now">The moment.</param>
    public void Grant(long holding, LeaseGrant grant, long now)
    {
        _mode = SharingMode.Shared;
        _held = (int)Math.Clamp(holding + grant.Granted + Math.Min(0, grant.Left), 0, Limit);
        _demand.Know(grant, now);
    }

    /// <summary>The store does not answer.</summary>
    /// <param name="mode">What holds meanwhile.</param>
    /// <param name="share">How many this replica may take meanwhile.</param>
    /// <param name="isLeased">Whether others still keep to what they were granted, and this replica has to.</param>
    public void Fall(SharingMode mode, int share, bool isLeased)
    {
        _mode = mode;
        if (mode == SharingMode.Fallback) _held = isLeased ? Math.Min(_held, share) : share;
    }

    /// <summary>What was granted has lapsed: others may have it.</summary>
    public void Lapse()
    {
        if (_mode != SharingMode.Fallback) _held = 0;
    }
}
