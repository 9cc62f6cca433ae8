namespace Penstock.Configuration;

/// <summary>How long a budget lasts. All begin and end at full hours of UTC; weeks on Monday (ISO 8601).</summary>
internal enum BudgetPeriod
{
    Hour,
    Day,
    Week,
    Month,
}
