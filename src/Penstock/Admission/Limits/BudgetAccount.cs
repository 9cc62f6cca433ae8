using Penstock.Configuration;

namespace Penstock.Admission.Limits;

/// <summary>
/// What may be spent in a period, in 1e-12 USD. What calls in flight may cost is held back, so that a budget is not gone
/// before anybody notices; where a period ends meanwhile, it is the next one's. Of a budget that replicas share it holds a
/// slice. Not safe for several threads: its <see cref="Meter"/> locks.
/// </summary>
internal struct BudgetAccount
{
    private SharingMode _mode;
    private Demand _demand;
    private BudgetPeriod _period;
    private long _available;
    private long _reserved;
    private long _credited;
    private long _creditAsked;
    private DateTimeOffset _ends;

    /// <summary>What may be spent; 0: there is no budget.</summary>
    public long Limit { get; private set; }

    public readonly bool IsLimited => Limit > 0;

    /// <summary>What is here and neither spent nor held back; not less than 0.</summary>
    public readonly long Remaining => Math.Max(0, _available);

    public readonly BudgetPeriod Period => _period;

    /// <summary>Sets the budget. What was spent of the one before counts where the period is the same.</summary>
    public void Configure(BudgetConfig? budget, bool isShared, DateTimeOffset now)
    {
        if (budget is null)
        {
            Limit = 0;
            return;
        }

        var limit = Money.FromUsd(budget.Usd);
        if (!IsLimited || budget.Per != _period)
        {
            (_ends, _period) = (BudgetPeriods.EndOf(budget.Per, now), budget.Per);
            _mode = isShared ? SharingMode.Shared : SharingMode.Own;
            _available = (isShared ? 0 : limit) - _reserved;
        }
        else if (!isShared)
        {
            Turn(now);
            _available += limit - Limit;
        }

        Limit = limit;
    }

    /// <summary>How long until so much may be spent; zero: now; null: never.</summary>
    /// <param name="pico">How much.</param>
    /// <param name="now">The moment.</param>
    /// <param name="clock">The same on the clock of leases.</param>
    /// <param name="mayAsk">Whether the store may have it.</param>
    public TimeSpan? WaitFor(long pico, DateTimeOffset now, long clock, out bool mayAsk)
    {
        mayAsk = false;
        if (!IsLimited) return TimeSpan.Zero;
        if (pico > Limit) return null;
        Turn(now);
        // Where all is spent, what costs nothing has to wait, too: an empty account is an empty account.
        if (_available >= Math.Max(1, pico)) return TimeSpan.Zero;
        if (_mode == SharingMode.Shared) mayAsk = _demand.WaitFor(Math.Max(1, pico) - _available, perMinute: 0, clock) == 0;
        return _ends - now;
    }

    public void Reserve(long pico)
    {
        _reserved += pico;
        _available -= pico;
        _demand.Use(pico);
    }

    /// <summary>A request waits for so much from the store.</summary>
    public void Need(long pico)
    {
        if (IsLimited && _mode == SharingMode.Shared) _demand.Need(Math.Max(1, pico));
    }

    /// <summary>Ends a reservation with what was spent.</summary>
    public void Settle(long reserved, long spent, DateTimeOffset now)
    {
        if (IsLimited) Turn(now);
        _reserved -= reserved;
        _available = Math.Max(_available + reserved - Math.Max(0, spent), long.MinValue / 4);
    }

    /// <summary>Takes over what was spent in this period before this process began.</summary>
    public void Restore(long spent) => _available -= spent;

    /// <summary>Nothing will be needed any more: what is here goes back with the next word to the store.</summary>
    public void Forget() => _demand.Forget();

    /// <summary>What the store is told and asked; false: there is nothing to say.</summary>
    public bool TryAsk(Meter meter, DateTimeOffset now, long clock, out LeaseAsk ask)
    {
        ask = default;
        if (!IsLimited) return false;
        Turn(now);
        var plan = _demand.Plan(_available, _credited, Limit, clock);
        _available = plan.Kept;
        (_credited, _creditAsked) = (0, _credited);
        if (_mode == SharingMode.Shared && plan.IsNothing) return false;
        var ends = (_ends - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        ask = new LeaseAsk(meter, LimitKind.Budget, Limit, plan, ends);
        return true;
    }

    /// <summary>The store may not have heard it. What it is owed stays owed; what was given back may be lost, and is not used.</summary>
    public void Miss(long returned)
    {
        if (!IsLimited) return;
        _available += Math.Min(0, returned) + _creditAsked;
        _credited += _creditAsked;
        _creditAsked = 0;
    }

    public void Grant(LeaseGrant grant, long clock)
    {
        _mode = SharingMode.Shared;
        _available += grant.Granted;
        _demand.Know(grant, clock);
    }

    /// <summary>The store does not answer.</summary>
    /// <param name="mode">What holds meanwhile.</param>
    /// <param name="outage">What is known of the others.</param>
    public void Fall(SharingMode mode, Outage outage)
    {
        if (mode == _mode) return;
        _mode = mode;
        if (mode != SharingMode.Fallback) return;
        var share = _demand.ShareOfLeft(Limit, outage);
        _available += share;
        _credited += share;
    }

    /// <summary>What was granted has lapsed, unused: it counts as spent. A share that was taken meanwhile stays.</summary>
    public void Lapse() => _available = Math.Min(_available, _credited);

    private void Turn(DateTimeOffset now)
    {
        if (now < _ends) return;
        _ends = BudgetPeriods.EndOf(_period, now);
        _available = (_mode == SharingMode.Own ? Limit : 0) - _reserved;
        _credited = 0;
    }
}
