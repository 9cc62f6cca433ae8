using Penstock.Forwarding;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Forwarding;

public sealed class RetryBudgetTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void TrySpend_WithoutRequests_HasThreeASecond()
    {
        var budget = new RetryBudget(_time);

        Assert.Equal(30, Spend(budget, 100));
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(0, Spend(budget, 100));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(30, Spend(budget, 100));
    }

    [Fact]
    public void TrySpend_WithRequests_HasTheirShareOfTenSeconds()
    {
        var budget = new RetryBudget(_time);
        for (var second = 0; second < 10; second++)
        {
            for (var i = 0; i < 100; i++) budget.CountRequest();
            if (second < 9) _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(200, Spend(budget, 1000));
        // The first half of the requests is forgotten; what was spent is not.
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(0, Spend(budget, 1000));
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(30, Spend(budget, 1000));
    }

    [Fact]
    public void TrySpend_AfterALongSilence_StartsAnew()
    {
        var budget = new RetryBudget(_time);
        Spend(budget, 30);
        // The same slot of the ring, of another round.
        _time.Advance(TimeSpan.FromSeconds(1100));

        Assert.Equal(30, Spend(budget, 100));
    }

    [Fact]
    public async Task TrySpend_ManyThreads_SpendNoMoreThanThereIs()
    {
        var budget = new RetryBudget(_time);
        for (var i = 0; i < 1000; i++) budget.CountRequest();

        var spent = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Spend(budget, 500))));

        Assert.Equal(200, spent.Sum());
    }

    private static int Spend(RetryBudget budget, int tries) => Enumerable.Range(0, tries).Count(_ => budget.TrySpend(0.2));
}
