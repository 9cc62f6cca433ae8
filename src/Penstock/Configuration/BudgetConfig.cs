namespace Penstock.Configuration;

/// <summary>What a caller may spend in a period.</summary>
/// <param name="Usd">US dollars.</param>
/// <param name="Per">The period, by the calendar in UTC.</param>
internal sealed record BudgetConfig(decimal Usd, BudgetPeriod Per)
{
    /// <summary>More than any budget: what the gateway can count without rounding, in 1e-12 USD.</summary>
    public const decimal Most = 9_000_000;

    public const decimal Least = 0.000001m;

    /// <summary>How many digits the amount may have after its point.</summary>
    public const int Decimals = 6;
}
