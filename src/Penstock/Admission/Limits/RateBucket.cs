using Penstock.Configuration;

namespace Penstock.Admission.Limits;

/// <summary>
/// A token bucket: it holds what may be used in a minute, and fills all the time, so that there is no edge of a window at
/// which twice as much would pass. What turns out to have cost more than was taken makes it owe. Exact: it counts in whole
/// numbers, and forgets no part of a microsecond's worth. Not safe for several threads: its <see cref="Meter"/> locks.
/// </summary>
internal struct RateBucket
{
    // One item a minute fills the bucket by one unit a microsecond.
    private const long UnitsPerItem = 60_000_000;

    // An answer's numbers are its server's: nonsense must neither overflow anything here nor lock a caller out for good.
    private const long MostItems = 100_000_000;
    private const long DeepestDebt = long.MinValue / 4;

    private long _level;
    private long _filledAt;

    /// <summary>How many items a minute; 0: there is no limit.</summary>
    public long PerMinute { get; private set; }

    public readonly bool IsLimited => PerMinute > 0;

    private readonly long Capacity => PerMinute * UnitsPerItem;

    /// <summary>Sets the limit. A new bucket is full; one that changes keeps what was used of it.</summary>
    public void Configure(long? perMinute, long now)
    {
        Fill(now);
        var used = IsLimited ? Capacity - _level : 0;
        PerMinute = perMinute ?? 0;
        // A lower limit is no debt.
        _level = Math.Max(Capacity - used, Math.Min(_level, 0));
        _filledAt = now;
    }

    /// <summary>How long until so many items are there, in microseconds; 0: they are; null: they never will be.</summary>
    public long? WaitFor(long items, long now)
    {
        if (!IsLimited) return 0;
        if (items > PerMinute) return null;
        Fill(now);
        var missing = (items * UnitsPerItem) - _level;
        return missing <= 0 ? 0 : ((missing - 1) / PerMinute) + 1;
    }

    public void Take(long items)
    {
        if (IsLimited) _level -= items * UnitsPerItem;
    }

    /// <summary>Puts back what was taken and not used, or takes what was used beyond it (negative).</summary>
    public void Return(long items, long now)
    {
        if (!IsLimited || items == 0) return;
        Fill(now);
        items = Math.Clamp(items, -MostItems, LimitsConfig.MostPerMinute);
        _level = Math.Clamp(_level + (items * UnitsPerItem), DeepestDebt, Capacity);
    }

    /// <summary>How many items are there; not less than 0.</summary>
    public readonly long Remaining => Math.Max(0, _level / UnitsPerItem);

    /// <summary>How long until it is full, in microseconds.</summary>
    public readonly long FullIn => IsLimited ? (Capacity - _level + PerMinute - 1) / PerMinute : 0;

    /// <summary>Adds what has come in since.</summary>
    public void Fill(long now)
    {
        if (!IsLimited) return;
        var elapsed = now - _filledAt;
        if (elapsed <= 0) return;
        _filledAt = now;
        _level = elapsed > (Capacity - _level) / PerMinute ? Capacity : Math.Min(Capacity, _level + (elapsed * PerMinute));
    }
}
