using Microsoft.Extensions.Logging.Abstractions;
using Penstock.Admission.Limits;
using Penstock.Configuration;
using Penstock.Storage;
using Penstock.Tests.Tools;

namespace Penstock.Tests.Admission.Limits;

/// <summary>What of a gateway shares limits with others: its meters, its store and its broker, running.</summary>
internal sealed class Replica : IAsyncDisposable
{
    private readonly Store _store;
    private readonly StoreWatch _watch;
    private readonly LeaseBroker _broker;

    private Replica(string address, LeaseTimes times)
    {
        if (!StoreReader.TryParse(address, out var config, out var error)) throw new ArgumentException(error, nameof(address));
        _store = new Store(Databases.Of(config), TimeProvider.System, NullLogger<Store>.Instance);
        _watch = new StoreWatch(_store, TimeProvider.System);
        Meters = new Meters(isShared: true, TimeProvider.System);
        _broker = new LeaseBroker(Meters, _store, times, TimeProvider.System);
    }

    public Meters Meters { get; }

    public int Known => _broker.Replicas;

    /// <summary>Starts one.</summary>
    /// <param name="address">The store.</param>
    /// <param name="times">Where it matters: by default a store on a busy machine is waited for, so that nobody falls back on its own share.</param>
    public static async Task<Replica> StartAsync(string address, LeaseTimes? times = null)
    {
        var replica = new Replica(address, times ?? new LeaseTimes { Patience = Patience.Default, Deadline = Patience.Default });
        await replica._watch.StartAsync(CancellationToken.None);
        await replica._broker.StartAsync(CancellationToken.None);
        return replica;
    }

    /// <summary>The caller <c>a</c>, with its limits.</summary>
    public Meter Caller(LimitsConfig? limits, BudgetConfig? budget = null) => Meters.For(MeterScope.Caller, "a", limits, budget)!;

    /// <summary>Makes a call as the gateway does; false where it is denied.</summary>
    public async Task<(bool Passed, Reservation Reservation, LimitDenial Denial)> ReserveAsync(Meter caller, CallCost cost = default)
    {
        if (Limiter.TryReserve(caller, null, null, cost, out var reservation, out var denial)) return (true, reservation, default);
        if (!denial.MayAsk) return (false, default, denial);
        var (late, why) = await _broker.ReserveAsync(caller, null, null, cost);
        return (late is not null, late.GetValueOrDefault(), why);
    }

    /// <summary>Many calls at once, none of which ends.</summary>
    /// <returns>How many passed.</returns>
    public async Task<int> ReserveAsync(Meter caller, int calls, CallCost cost = default)
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, calls).Select(_ => Task.Run(() => ReserveAsync(caller, cost))));
        return answers.Count(answer => answer.Passed);
    }

    /// <summary>Ends it, and gives back what it holds.</summary>
    public async ValueTask DisposeAsync()
    {
        await _broker.StopAsync(CancellationToken.None);
        _broker.Dispose();
        await _watch.StopAsync(CancellationToken.None);
        _watch.Dispose();
        await _store.DisposeAsync();
    }
}
