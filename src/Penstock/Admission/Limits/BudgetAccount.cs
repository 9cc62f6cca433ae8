using Penstock.Configuration;

namespace Penstock.Admission.Limits;

/// <summary>
/// What may be spent in a period, in 1e-12 USD. What calls in flight may cost is held back, so that a budget is not gone
/// before anybody notices. Not safe for several threads: its <see cref="Meter"/> locks.
/// </summary>
internal struct BudgetAccount
{
    private BudgetPeriod _period;
    private long _spent;
    private long _reserved;
    private DateTimeOffset _ends;

    /// <summary>What may be spent; 0: there is no budget.</summary>
    public long Limit { get; private set; }

    public readonly bool IsLimited => Limit > 0;

    /// <summary>What is neither spent nor held back; not less than 0.</summary>
    public readonly long Remaining => Math.Max(0, Limit - _spent - _reserved);

    /// <summary>Sets the budget. What was spent of the one before counts where the period is the same.</summary>
    public void Configure(BudgetConfig? budget, DateTimeOffset now)
    {
        if (budget is null)
        {
            Limit = 0;
            return;
        }

        if (!IsLimited || budget.Per != _period) (_spent, _ends, _period) = (0, BudgetPeriods.EndOf(budget.Per, now), budget.Per);
        Limit = Money.FromUsd(budget.Usd);
    }

    /// <summary>How long until so much may be spent; zero: now; null: never.</summary>
    public TimeSpan? WaitFor(long pico, DateTimeOffset now)
    {
        if (!IsLimited) return TimeSpan.Zero;
        if (pico > Limit) return null;
        Turn(now);
        // Where all is spent, what costs nothing has to wait, too: an empty account is an empty account.
        return _spent < Limit && _spent + _reserved + pico <= Limit ? TimeSpan.Zero : _ends - now;
    }

    public void Reserve(long pico) => _reserved += pico;

    /// <summary>Ends a reservation with what was spent.</summary>
    public void Settle(long reserved, long spent, DateTimeOffset now)
    {
        _reserved -= reserved;
        if (!IsLimited) return;
        Turn(now);
        _spent = Math.Min(_spent + Math.Max(0, spent), long.MaxValue / 2);
    }

    /// <summary>Takes over what was spent in a period before this process began.</summary>
    public void Restore(long spent, DateTimeOffset now)
    {
        Turn(now);
        _spent += spent;
    }

    private void Turn(DateTimeOffset now)
    {
        if (now < _ends) return;
        _spent = 0;
        _ends = BudgetPeriods.EndOf(_period, now);
    }
}
