using Penstock.Configuration;

namespace Penstock.Admission.Limits;

/// <summary>
/// A token bucket: it holds what may be used in a minute, and fills all the time, so that there is no edge of a window at
/// which twice as much would pass. What turns out to have cost more than was taken makes it owe. Exact: it counts in whole
/// numbers, and forgets no part of a microsecond's worth. Of a limit that replicas share it holds a slice, which fills from
/// the store. Not safe for several threads: its <see cref="Meter"/> locks.
/// </summary>
internal struct RateBucket
{
    // One item a minute fills the bucket by one unit a microsecond.
    private const long UnitsPerItem = 60_000_000;

    // An answer's numbers are its server's: nonsense must neither overflow anything here nor lock a caller out for good.
    private const long MostItems = 100_000_000;
    private const long DeepestDebt = long.MinValue / 4;

    private SharingMode _mode;
    private Demand _demand;
    private long _level;
    private long _filledAt;

    // What comes in here: items a minute, or units a microsecond. And what came in so that was not the store's to give.
    private long _incoming;
    private long _credited;
    private long _creditAsked;

    /// <summary>How many items a minute; 0: there is no limit.</summary>
    public long PerMinute { get; private set; }

    public readonly bool IsLimited => PerMinute > 0;

    private readonly long Capacity => PerMinute * UnitsPerItem;

    /// <summary>Sets the limit. A new bucket is full, or empty where the store fills it; one that changes keeps what was used of it.</summary>
    public void Configure(long? perMinute, bool isShared, long now)
    {
        Fill(now);
        var used = IsLimited ? Capacity - _level : 0;
        var isNew = !IsLimited;
        PerMinute = perMinute ?? 0;
        _filledAt = now;
        if (isShared)
        {
            if (isNew) (_level, _mode, _incoming) = (0, SharingMode.Shared, 0);
            return;
        }

        // A lower limit is no debt.
        _level = Math.Max(Capacity - used, Math.Min(_level, 0));
        _incoming = PerMinute;
    }

    /// <summary>How long until so many items are there, in microseconds; 0: they are; null: they never will be.</summary>
    /// <param name="items">How many.</param>
    /// <param name="now">The moment.</param>
    /// <param name="mayAsk">Whether the store may have them.</param>
    public long? WaitFor(long items, long now, out bool mayAsk)
    {
        mayAsk = false;
        if (!IsLimited) return 0;
        if (items > PerMinute) return null;
        Fill(now);
        var missing = (items * UnitsPerItem) - _level;
        if (missing <= 0) return 0;
        if (_mode != SharingMode.Shared) return _incoming == 0 ? UnitsPerItem : ((missing - 1) / _incoming) + 1;
        var wait = _demand.WaitFor(((missing - 1) / UnitsPerItem) + 1, PerMinute, now);
        mayAsk = wait == 0;
        return Math.Max(1, wait);
    }

    public void Take(long items)
    {
        if (!IsLimited) return;
        _level -= items * UnitsPerItem;
        _demand.Use(items);
    }

    /// <summary>A request waits for so many items from the store.</summary>
    public void Need(long items)
    {
        if (!IsLimited || _mode != SharingMode.Shared) return;
        // What is here is for those who came before it.
        _demand.Need(items);
    }

    /// <summary>Puts back what was taken and not used, or takes what was used beyond it (negative).</summary>
    public void Return(long items, long now)
    {
        if (!IsLimited || items == 0) return;
        Fill(now);
        items = Math.Clamp(items, -MostItems, LimitsConfig.MostPerMinute);
        _level = Math.Clamp(_level + (items * UnitsPerItem), DeepestDebt, Capacity);
        _demand.Use(-items);
    }

    /// <summary>How many items are there, with what the store had left; not less than 0.</summary>
    public readonly long Remaining => Math.Max(0, (_level / UnitsPerItem) + (_mode == SharingMode.Own ? 0 : Math.Min(PerMinute, _demand.Left)));

    /// <summary>How long until it is full, in microseconds.</summary>
    public readonly long FullIn => !IsLimited ? 0
        : _mode == SharingMode.Own ? (Capacity - _level + PerMinute - 1) / PerMinute
        : (PerMinute - Math.Min(PerMinute, Remaining)) * UnitsPerItem / PerMinute;

    /// <summary>Adds what has come in since.</summary>
    public void Fill(long now)
    {
        if (!IsLimited) return;
        var elapsed = now - _filledAt;
        if (elapsed <= 0) return;
        _filledAt = now;
        if (_incoming == 0) return;
        var before = _level;
        // What comes in is never more than a bucketful: of the whole, or of a replica's share.
        var full = _incoming * UnitsPerItem;
        if (_level >= full) return;
        _level = elapsed > (full - _level) / _incoming ? full : _level + (elapsed * _incoming);
        if (_mode != SharingMode.Own) _credited += _level - before;
    }

    /// <summary>Nothing will be needed any more: what is here goes back with the next word to the store.</summary>
    public void Forget() => _demand.Forget();

    /// <summary>What the store is told and asked; false: there is nothing to say.</summary>
    public bool TryAsk(Meter meter, LimitKind kind, long now, out LeaseAsk ask)
    {
        ask = default;
        if (!IsLimited) return false;
        Fill(now);
        // Fractions came in here, and are given up; what came in here is owed to the store.
        var items = (_level / UnitsPerItem) - (_level % UnitsPerItem < 0 ? 1 : 0);
        var owed = (_credited + UnitsPerItem - 1) / UnitsPerItem;
        var plan = _demand.Plan(items, owed, PerMinute, now);
        _level = plan.Kept * UnitsPerItem;
        (_credited, _creditAsked) = (0, owed * UnitsPerItem);
        if (_mode == SharingMode.Shared && plan.IsNothing) return false;
        ask = new LeaseAsk(meter, kind, PerMinute, plan, ends: 0);
        return true;
    }

    /// <summary>The store may not have heard it. What it is owed stays owed; what was given back may be lost, and is not used.</summary>
    public void Miss(long returned)
    {
        if (!IsLimited) return;
        _level = Math.Max(_level + (Math.Min(0, returned) * UnitsPerItem) + _creditAsked, DeepestDebt);
        _credited += _creditAsked;
        _creditAsked = 0;
    }

    /// <summary>The store has answered: from now on what is short comes from it.</summary>
    public void Grant(LeaseGrant grant, long now)
    {
        Fill(now);
        (_mode, _incoming) = (SharingMode.Shared, 0);
        _level += grant.Granted * UnitsPerItem;
        _demand.Know(grant, now);
    }

    /// <summary>The store does not answer.</summary>
    /// <param name="mode">What holds meanwhile.</param>
    /// <param name="outage">What is known of the others.</param>
    /// <param name="now">The moment.</param>
    public void Fall(SharingMode mode, Outage outage, long now)
    {
        Fill(now);
        var share = outage.ShareOf(PerMinute);
        if (mode == SharingMode.Fallback && _mode != mode)
        {
            var start = _demand.Start(share, outage) * UnitsPerItem;
            _level += start;
            _credited += start;
        }

        (_mode, _incoming) = (mode, mode == SharingMode.Fallback ? share : 0);
    }

    /// <summary>What was granted has lapsed, unused. What came in here since stays.</summary>
    public void Lapse(long now)
    {
        Fill(now);
        _level = Math.Min(_level, _credited);
    }
}
