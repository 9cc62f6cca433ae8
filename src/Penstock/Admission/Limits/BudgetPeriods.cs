using Penstock.Configuration;

namespace Penstock.Admission.Limits;

/// <summary>The calendar of budgets: UTC, weeks from Monday.</summary>
internal static class BudgetPeriods
{
    public static DateTimeOffset StartOf(BudgetPeriod period, DateTimeOffset moment)
    {
        var utc = moment.UtcDateTime;
        var start = period switch
        {
            BudgetPeriod.Hour => utc.Date.AddHours(utc.Hour),
            BudgetPeriod.Day => utc.Date,
            // Sunday is the 0th day, and the last of its week.
            BudgetPeriod.Week => utc.Date.AddDays(-(((int)utc.DayOfWeek + 6) % 7)),
            _ => new DateTime(utc.Year, utc.Month, 1, 0, 0, 0, DateTimeKind.Utc),
        };
        return new DateTimeOffset(start, TimeSpan.Zero);
    }

    public static DateTimeOffset EndOf(BudgetPeriod period, DateTimeOffset moment)
    {
        var start = StartOf(period, moment);
        return period switch
        {
            BudgetPeriod.Hour => start.AddHours(1),
            BudgetPeriod.Day => start.AddDays(1),
            BudgetPeriod.Week => start.AddDays(7),
            _ => start.AddMonths(1),
        };
    }
}
