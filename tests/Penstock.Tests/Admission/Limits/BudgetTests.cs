using Penstock.Admission.Limits;
using Penstock.Configuration;
using Xunit;

namespace Penstock.Tests.Admission.Limits;

public sealed class BudgetTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 13, 30, 15, TimeSpan.Zero);

    [Theory]
    [InlineData("Hour", "2026-11-21T13:00:00Z", "2026-11-21T14:00:00Z")]
    [InlineData("Day", "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z")]
    [InlineData("Week", "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z")]
    [InlineData("Month", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")]
    public void Periods_OfAMoment_AreTheCalendars(string period, string start, string end)
    {
        var parsed = Enum.Parse<BudgetPeriod>(period);

        Assert.Equal(DateTimeOffset.Parse(start), BudgetPeriods.StartOf(parsed, Now));
        Assert.Equal(DateTimeOffset.Parse(end), BudgetPeriods.EndOf(parsed, Now));
    }

    [Theory]
    [InlineData("2026-11-16T00:00:00Z", "2026-11-16T00:00:00Z")]
    [InlineData("2026-11-15T23:59:59Z", "2026-11-09T00:00:00Z")]
    [InlineData("2026-11-16T01:00:00+02:00", "2026-11-09T00:00:00Z")]
    public void Weeks_BeginOnMondayInUtc(string moment, string start) =>
        Assert.Equal(DateTimeOffset.Parse(start), BudgetPeriods.StartOf(BudgetPeriod.Week, DateTimeOffset.Parse(moment)));

    [Fact]
    public void Reserve_UpToTheBudget_Passes()
    {
        var account = Account(usd: 1);

        Assert.Equal(TimeSpan.Zero, account.WaitFor(Money.PicoPerUsd, Now, clock: 0, out _));
        Assert.Null(account.WaitFor(Money.PicoPerUsd + 1, Now, clock: 0, out _));

        account.Reserve(Money.PicoPerUsd - 5);
        Assert.Equal(TimeSpan.Zero, account.WaitFor(5, Now, clock: 0, out _));
        Assert.Equal(TimeSpan.FromSeconds((29 * 60) + 45), account.WaitFor(6, Now, clock: 0, out _));
    }

    [Fact]
    public void Settle_LessThanReserved_GivesBack()
    {
        var account = Account(usd: 1);
        account.Reserve(900);
        account.Settle(900, 100, Now);

        Assert.Equal(Money.PicoPerUsd - 100, account.Remaining);
    }

    // The money is gone: what costs nothing is not let through as if it were not.
    [Fact]
    public void WaitFor_EmptyAccount_IsTheNextPeriod()
    {
        var account = Account(usd: 1);
        account.Settle(0, Money.PicoPerUsd, Now);

        Assert.Equal(TimeSpan.FromSeconds((29 * 60) + 45), account.WaitFor(0, Now, clock: 0, out _));
        Assert.Equal(TimeSpan.Zero, account.WaitFor(Money.PicoPerUsd, Now + TimeSpan.FromSeconds((29 * 60) + 45), clock: 0, out _));
    }

    [Fact]
    public void Settle_AfterThePeriodsEnd_CountsForTheNext()
    {
        var account = Account(usd: 1);
        account.Reserve(900);
        account.Settle(900, 700, Now + TimeSpan.FromHours(1));

        Assert.Equal(Money.PicoPerUsd - 700, account.Remaining);
    }

    [Fact]
    public void Configure_AnotherSum_KeepsWhatWasSpent()
    {
        var account = Account(usd: 1);
        account.Settle(0, 700, Now);
        account.Configure(new BudgetConfig(2, BudgetPeriod.Hour), isShared: false, Now);

        Assert.Equal((2 * Money.PicoPerUsd) - 700, account.Remaining);
    }

    private static BudgetAccount Account(decimal usd)
    {
        var account = default(BudgetAccount);
        account.Configure(new BudgetConfig(usd, BudgetPeriod.Hour), isShared: false, Now);
        return account;
    }
}
