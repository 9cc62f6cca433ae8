using System.Diagnostics;
using Penstock.Admission.Limits;
using Penstock.Configuration;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Admission.Limits;

/// <summary>Limits that three replicas share by a real PostgreSQL server.</summary>
[Collection(nameof(PostgresGroup))]
public sealed class SharedLimitTests(PostgresServer server)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    [PostgresFact]
    public async Task Requests_ThousandAtOnceOnEachReplica_PassOnceInAll()
    {
        await using var replicas = await StartAsync();
        var callers = replicas.Each(r => r.Caller(new LimitsConfig { RequestsPerMinute = 100 }));
        _clock.Restart();

        var passed = await Task.WhenAll(replicas.Zip(callers, (replica, caller) => replica.ReserveAsync(caller, 1000)));

        // What comes in while the calls are made may be used, too.
        Assert.InRange(passed.Sum(), 95, 100 + (int)(_clock.Elapsed.TotalMinutes * 100));
    }

    [PostgresFact]
    public async Task Tokens_AtOnceOnEachReplica_AreNeverReservedTwice()
    {
        await using var replicas = await StartAsync();
        var callers = replicas.Each(r => r.Caller(new LimitsConfig { TokensPerMinute = 1000 }));
        _clock.Restart();

        var passed = await Task.WhenAll(replicas.Zip(callers, (replica, caller) => replica.ReserveAsync(caller, 300, new CallCost(7, 0))));

        Assert.InRange(passed.Sum() * 7, 900, 1000 + (int)(_clock.Elapsed.TotalMinutes * 1000));
    }

    [PostgresFact]
    public async Task Seats_AtOnceOnEachReplica_AreNeverMoreThanThereAre()
    {
        await using var replicas = await StartAsync();
        var callers = replicas.Each(r => r.Caller(new LimitsConfig { Concurrency = 32 }));

        var passed = await Task.WhenAll(replicas.Zip(callers, (replica, caller) => replica.ReserveAsync(caller, 200)));

        Assert.Equal(32, passed.Sum());
    }

    [PostgresFact]
    public async Task Seats_GivenBack_ServeAnotherReplica()
    {
        await using var replicas = await StartAsync();
        var callers = replicas.Each(r => r.Caller(new LimitsConfig { Concurrency = 8 }));
        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => replicas[0].ReserveAsync(callers[0])));
        Assert.All(taken, call => Assert.True(call.Passed));
        Assert.False((await replicas[1].ReserveAsync(callers[1])).Passed);

        foreach (var call in taken) Limiter.Settle(call.Reservation, default);

        var passed = 0;
        await Patience.UntilAsync(async () => passed += (await replicas[1].ReserveAsync(callers[1])).Passed ? 1 : 0, total => total == 8, "the other replica has all seats");
    }

    [PostgresFact]
    public async Task Seats_OfAReplicaThatDied_Lapse()
    {
        await using var replicas = await StartAsync();
        var callers = replicas.Each(r => r.Caller(new LimitsConfig { Concurrency = 4 }));
        Assert.Equal(4, await replicas[0].ReserveAsync(callers[0], 4));
        Assert.False((await replicas[1].ReserveAsync(callers[1])).Passed);

        await replicas[0].DisposeAsync();

        var passed = 0;
        await Patience.UntilAsync(async () => passed += (await replicas[1].ReserveAsync(callers[1])).Passed ? 1 : 0, total => total == 4, "the seats have lapsed");
        Assert.False((await replicas[1].ReserveAsync(callers[1])).Passed);
    }

    [PostgresFact]
    public async Task Budget_SpentOnEachReplica_IsNeverOverdrawn()
    {
        await using var replicas = await StartAsync();
        // By the month, so that no period ends during the test but once in a lifetime.
        var callers = replicas.Each(r => r.Caller(null, new BudgetConfig(1, BudgetPeriod.Month)));
        var cost = new CallCost(0, Money.PicoPerUsd / 100);

        var passed = await Task.WhenAll(replicas.Zip(callers, async (replica, caller) =>
        {
            var count = 0;
            for (var i = 0; i < 100; i++)
            {
                var (hasPassed, reservation, _) = await replica.ReserveAsync(caller, cost);
                if (!hasPassed) continue;
                count++;
                Limiter.Settle(reservation, cost);
            }

            return count;
        }));

        Assert.InRange(passed.Sum(), 95, 100);
        var denial = (await replicas[0].ReserveAsync(callers[0], cost)).Denial;
        Assert.Equal("insufficient_quota", denial.ToError(cost).Code);
    }

    // Nobody else calls: what the others could have had is not kept for them.
    [PostgresFact]
    public async Task Requests_OfOneReplica_MayBeNearlyAll()
    {
        await using var replicas = await StartAsync();
        var callers = replicas.Each(r => r.Caller(new LimitsConfig { RequestsPerMinute = 600 }));
        Assert.True((await replicas[1].ReserveAsync(callers[1])).Passed);
        Assert.True((await replicas[2].ReserveAsync(callers[2])).Passed);

        var passed = 0;
        for (var i = 0; i < 1000; i++)
        {
            if ((await replicas[0].ReserveAsync(callers[0])).Passed) passed++;
        }

        Assert.InRange(passed, 570, 598 + (int)(_clock.Elapsed.TotalMinutes * 600));
    }

    [PostgresFact]
    public async Task Settle_MoreThanReserved_IsOwedByAll()
    {
        await using var replicas = await StartAsync();
        var callers = replicas.Each(r => r.Caller(new LimitsConfig { TokensPerMinute = 600 }));
        var (_, reservation, _) = await replicas[0].ReserveAsync(callers[0], new CallCost(100, 0));
        Limiter.Settle(reservation, new CallCost(100_000, 0));

        // As soon as the first has said it.
        await Patience.UntilAsync(async () => (await replicas[1].ReserveAsync(callers[1], new CallCost(600, 0))).Denial.Wait, wait => wait > TimeSpan.FromMinutes(100), "the debt is known");
    }

    [PostgresFact]
    public async Task Store_Gone_LeavesEachReplicaItsShare()
    {
        await using var cluster = await PostgresCluster.StartAsync();
        await using var replicas = await StartAsync(await cluster.NewDatabaseAsync(), new LeaseTimes());
        var limits = new LimitsConfig { RequestsPerMinute = 6000, Concurrency = 33 };
        var strict = new LimitsConfig { RequestsPerMinute = 6000, OnStoreFailure = OnStoreFailure.Deny };
        var callers = replicas.Each(r => r.Caller(limits));
        var denied = replicas.Each(r => r.Meters.For(MeterScope.Model, "strict", strict)!);
        foreach (var (replica, caller) in replicas.Zip(callers)) Assert.True((await replica.ReserveAsync(caller)).Passed);
        await cluster.KillAsync();

        // One after another, so that time passes in which the shares come in.
        await Patience.UntilAsync(async () => (await replicas[0].ReserveAsync(denied[0])).Denial, denial => denial.IsUnknown, "what is to be denied is denied");
        var taken = 0;
        await Patience.UntilAsync(async () => taken += (await replicas[0].ReserveAsync(callers[0])).Passed ? 1 : 0, total => total == 10, "its seats are taken");
        for (var i = 0; i < 100; i++) Assert.False((await replicas[0].ReserveAsync(callers[0])).Passed);

        await cluster.StartServerAsync();
        await Patience.UntilAsync(async () => (await replicas[0].ReserveAsync(denied[0])).Passed, passed => passed, "the store is used again");
    }

    [PostgresFact]
    public async Task Store_Frozen_HoldsUpNobodyForLong()
    {
        await using var cluster = await PostgresCluster.StartAsync();
        await using var replicas = await StartAsync(await cluster.NewDatabaseAsync(), new LeaseTimes());
        var caller = replicas[0].Caller(new LimitsConfig { RequestsPerMinute = 60_000 });
        Assert.True((await replicas[0].ReserveAsync(caller)).Passed);
        cluster.Freeze();

        // The whole of it would take minutes if each of them waited: a share of the limit comes in instead.
        var passed = 0;
        await Patience.UntilAsync(async () => passed += (await replicas[0].ReserveAsync(caller)).Passed ? 1 : 0, total => total == 200, "calls pass");
        cluster.Thaw();
        await Patience.UntilAsync(async () => (await replicas[1].ReserveAsync(replicas[1].Caller(new LimitsConfig { RequestsPerMinute = 60_000 }))).Passed, ok => ok, "the store is back");
    }

    // Asked again and again while nobody hears it, what came in meanwhile must not be lost.
    [Fact]
    public async Task Store_NeverThere_LeavesThisReplicaWhatItMay()
    {
        await using var replica = await Replica.StartAsync("postgres://nobody@127.0.0.1:1/none?sslmode=disable", new LeaseTimes { Interval = TimeSpan.FromMilliseconds(5), Heartbeat = TimeSpan.FromMilliseconds(5) });
        var caller = replica.Caller(new LimitsConfig { RequestsPerMinute = 600, TokensPerMinute = 60_000, Concurrency = 700 }, new BudgetConfig(1, BudgetPeriod.Month));
        var cost = new CallCost(50, Money.PicoPerUsd / 1000);
        _clock.Restart();

        var passed = 0;
        for (var i = 0; i < 200; i++)
        {
            passed += (await replica.ReserveAsync(caller, 4, cost));
            await Task.Delay(1);
        }

        Assert.InRange(passed, 600, 600 + (int)(_clock.Elapsed.TotalMinutes * 600) + 1);
        // One may have come in just now.
        var last = await Patience.UntilAsync(() => replica.ReserveAsync(caller, cost), answer => !answer.Passed, "a call is denied");
        Assert.Equal("rate_limit_exceeded", last.Denial.ToError(cost).Code);
    }

    // What is over because a limit was lowered, or a share was too large, is given up as calls end.
    [PostgresFact]
    public async Task Seats_OfALimitThatWasLowered_AreGivenUp()
    {
        await using var replicas = await StartAsync();
        var callers = replicas.Each(r => r.Caller(new LimitsConfig { Concurrency = 30 }));
        var taken = await Task.WhenAll(replicas.SelectMany((r, i) => Enumerable.Range(0, 10).Select(_ => r.ReserveAsync(callers[i]))));
        Assert.All(taken, call => Assert.True(call.Passed));

        callers = replicas.Each(r => r.Caller(new LimitsConfig { Concurrency = 8 }));
        foreach (var call in taken) Limiter.Settle(call.Reservation, default);

        // As soon as they have heard of each other.
        var passed = await Patience.UntilAsync(
            async () =>
            {
                var calls = await Task.WhenAll(replicas.SelectMany((r, i) => Enumerable.Range(0, 8).Select(_ => r.ReserveAsync(callers[i]))));
                foreach (var call in calls.Where(call => call.Passed)) Limiter.Settle(call.Reservation, default);
                return calls.Count(call => call.Passed);
            },
            count => count is > 0 and <= 8, "no more than eight pass at once");
        Assert.InRange(passed, 1, 8);
    }

    private async Task<Replicas> StartAsync(string? address = null, LeaseTimes? times = null)
    {
        address ??= await server.NewDatabaseAsync();
        var replicas = new Replicas();
        for (var i = 0; i < 3; i++) replicas.Add(await Replica.StartAsync(address, times));
        await Patience.UntilAsync(() => replicas.All(r => r.Known == 3), "all replicas know each other");
        return replicas;
    }

    private sealed class Replicas : List<Replica>, IAsyncDisposable
    {
        public T[] Each<T>(Func<Replica, T> make) => [.. this.Select(make)];

        public async ValueTask DisposeAsync()
        {
            foreach (var replica in this) await replica.DisposeAsync();
        }
    }
}
