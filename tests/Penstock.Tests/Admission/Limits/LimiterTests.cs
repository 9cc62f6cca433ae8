using FsCheck;
using FsCheck.Fluent;
using Penstock.Admission.Limits;
using Penstock.Configuration;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Admission.Limits;

public sealed class LimiterTests
{
    private readonly ManualTime _time = new();
    private readonly Meters _meters;

    public LimiterTests() => _meters = new Meters(isShared: false, _time);

    [Fact]
    public async Task TryReserve_ThousandAtOnceAgainstHundredRequests_PassesExactlyHundred()
    {
        var caller = Meter(MeterScope.Caller, new LimitsConfig { RequestsPerMinute = 100 });
        var global = Meter(MeterScope.Global, new LimitsConfig { RequestsPerMinute = 500, Concurrency = 1000 });

        var passed = await AtOnceAsync(1000, () => Limiter.TryReserve(caller, null, global, new CallCost(1, 0), out _, out _));

        Assert.Equal(100, passed);
    }

    [Fact]
    public async Task TryReserve_ThousandAtOnceAgainstTokens_ReservesNoMoreThanThereAre()
    {
        var caller = Meter(MeterScope.Caller, new LimitsConfig { TokensPerMinute = 100 });

        var passed = await AtOnceAsync(1000, () => Limiter.TryReserve(caller, null, null, new CallCost(7, 0), out _, out _));

        Assert.Equal(14, passed);
    }

    [Fact]
    public async Task TryReserve_ThousandAtOnceAgainstSeats_GivesEachOnce()
    {
        var model = Meter(MeterScope.Model, new LimitsConfig { Concurrency = 32 });
        var most = 0;

        await AtOnceAsync(1000, () =>
        {
            if (!Limiter.TryReserve(null, model, null, default, out var reservation, out _)) return false;
            Raise(ref most, model.InFlight);
            Limiter.Settle(reservation, default);
            return true;
        });

        Assert.InRange(most, 1, 32);
        Assert.Equal(0, model.InFlight);
    }

    [Fact]
    public void TryReserve_OneLimitInTheWay_TakesNothingOfTheOthers()
    {
        var caller = Meter(MeterScope.Caller, new LimitsConfig { RequestsPerMinute = 10, TokensPerMinute = 1000, Concurrency = 5 }, new BudgetConfig(1, BudgetPeriod.Day));
        var model = Meter(MeterScope.Model, new LimitsConfig { TokensPerMinute = 100 });

        Assert.True(Limiter.TryReserve(caller, model, null, new CallCost(90, 10), out var first, out _));
        Assert.False(Limiter.TryReserve(caller, model, null, new CallCost(90, 10), out _, out var denial));

        Assert.Equal((model, LimitKind.Tokens), (denial.Meter, denial.Kind));
        Assert.Equal((9, 910), (caller.Read().RequestsLeft, caller.Read().TokensLeft));
        Assert.Equal(1, caller.InFlight);
        Limiter.Settle(first, new CallCost(90, 10));
        Assert.Equal(0, caller.InFlight);
    }

    [Fact]
    public void Settle_OtherThanReserved_CountsWhatWasUsed()
    {
        var caller = Meter(MeterScope.Caller, new LimitsConfig { TokensPerMinute = 1000 });

        Assert.True(Limiter.TryReserve(caller, null, null, new CallCost(600, 0), out var first, out _));
        Limiter.Settle(first, new CallCost(100, 0));
        Assert.Equal(900, caller.Read().TokensLeft);

        Assert.True(Limiter.TryReserve(caller, null, null, new CallCost(600, 0), out var second, out _));
        Limiter.Settle(second, new CallCost(1000, 0));
        Assert.Equal(0, caller.Read().TokensLeft);
        Assert.False(Limiter.TryReserve(caller, null, null, new CallCost(1, 0), out _, out var denial));
        // It owes 100 of 1000 a minute, and one more is asked for.
        Assert.Equal(TimeSpan.FromMilliseconds(101 * 60), denial.Wait);
    }

    // Whatever is limited and however much was used: after the wait that it is told, the call passes, and a microsecond
    // before it does not.
    [Fact]
    public void TryReserve_AfterTheWaitThatWasSaid_Passes() => ForAll.Check(Cases, c =>
    {
        var time = new ManualTime();
        var meters = new Meters(isShared: false, time);
        var caller = meters.For(MeterScope.Caller, "a", c.Caller, c.Budget);
        var model = meters.For(MeterScope.Model, "m", c.Model);
        var global = meters.For(MeterScope.Global, "", c.Global);
        foreach (var cost in c.Calls)
        {
            if (Limiter.TryReserve(caller, model, global, cost, out var reservation, out var denial))
            {
                Limiter.Settle(reservation, cost with { Tokens = cost.Tokens * c.Overrun });
                continue;
            }

            if (denial.Wait is not { } wait)
            {
                Assert.Equal(400, denial.ToError(cost).Status);
                continue;
            }

            Assert.True(wait > TimeSpan.Zero);
            Assert.Equal(429, denial.ToError(cost).Status);
            time.Advance(wait - TimeSpan.FromMicroseconds(1));
            Assert.False(Limiter.TryReserve(caller, model, global, cost, out _, out _));
            time.Advance(TimeSpan.FromMicroseconds(1));
            Assert.True(Limiter.TryReserve(caller, model, global, cost, out reservation, out var still), $"{still.Kind} for {still.Wait} more");
            Limiter.Settle(reservation, cost);
        }
    });

    private static readonly Gen<LimitsConfig?> Limits =
        from requests in Gen.Elements<long?>(null, 1, 3, 60, 1000)
        from tokens in Gen.Elements<long?>(null, 10, 100, 7777)
        select new LimitsConfig { RequestsPerMinute = requests, TokensPerMinute = tokens };

    private static readonly Gen<Case> Cases =
        from caller in Limits
        from model in Limits
        from global in Limits
        from budget in Gen.Elements(null, new BudgetConfig(0.00001m, BudgetPeriod.Hour), new BudgetConfig(0.01m, BudgetPeriod.Month))
        from calls in (from tokens in Gen.Choose(0, 120) from pico in Gen.Choose(0, 9_000_000) select new CallCost(tokens, pico)).ListOf()
        from overrun in Gen.Choose(0, 3)
        select new Case(caller, model, global, budget, [.. calls], overrun);

    private Meter Meter(MeterScope scope, LimitsConfig limits, BudgetConfig? budget = null) => _meters.For(scope, "x", limits, budget)!;

    private static async Task<int> AtOnceAsync(int count, Func<bool> call)
    {
        using var start = new ManualResetEventSlim();
        var passed = 0;
        var callers = Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
            () =>
            {
                start.Wait();
                for (var i = 0; i < count / 8; i++)
                {
                    if (call()) Interlocked.Increment(ref passed);
                }
            }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        start.Set();
        await Task.WhenAll(callers);
        return passed;
    }

    private static void Raise(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); value > seen; seen = Volatile.Read(ref most))
        {
            if (Interlocked.CompareExchange(ref most, value, seen) == seen) return;
        }
    }

    private sealed record Case(LimitsConfig? Caller, LimitsConfig? Model, LimitsConfig? Global, BudgetConfig? Budget, CallCost[] Calls, int Overrun);
}
