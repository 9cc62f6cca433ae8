using Microsoft.Extensions.Hosting;
using Penstock.Storage;

namespace Penstock.Admission.Limits;

/// <summary>
/// Shares limits with other replicas by the store: several times a second it gives back what was not used and takes what
/// will be needed, for all meters at once, and earlier when requests wait. Only a request that finds its slice used up
/// waits, and for a moment at most.
/// </summary>
internal sealed class LeaseBroker(Meters meters, Store store, LeaseTimes times, TimeProvider time) : BackgroundService
{
    private readonly string _replica = Guid.NewGuid().ToString("N");
    private readonly SemaphoreSlim _wake = new(0, 1);
    private volatile Round _next = new();
    private volatile bool _isLate;
    private long _turn;
    private int _replicas = 1;
    private int _place;
    private volatile bool _wasHeard;

    /// <summary>How many replicas there were when the store was last heard of.</summary>
    public int Replicas => Volatile.Read(ref _replicas);

    /// <summary>Reserves what this replica has no more of and the store may have; waits for it a moment at most.</summary>
    /// <param name="caller">The meters in question; null: none.</param>
    /// <param name="model">That of the model.</param>
    /// <param name="global">That of all together.</param>
    /// <param name="cost">What the call may cost.</param>
    /// <returns>What was reserved, or what is in the way.</returns>
    public async ValueTask<(Reservation? Reservation, LimitDenial Denial)> ReserveAsync(Meter? caller, Meter? model, Meter? global, CallCost cost)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            await TopUpAsync(caller, model, global, cost, times.Patience - time.GetElapsedTime(started));
            if (Limiter.TryReserve(caller, model, global, cost, out var reservation, out var denial)) return (reservation, default);
            // What the store had may have gone to others who waited, too.
            if (!denial.MayAsk || time.GetElapsedTime(started) >= times.Patience) return (null, denial);
        }
    }

    /// <summary>Makes itself known before the first request: until then it would take itself for the only one.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (meters.AreShared) await ExchangeAsync([], cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Gives back what is held, after the last request.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (!meters.AreShared) return;
        var asks = new List<LeaseAsk>();
        foreach (var meter in meters.All) meter.GiveBack(asks);
        await AskAsync(asks, cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!meters.AreShared) return;
        var asks = new List<LeaseAsk>();
        try
        {
            while (true)
            {
                await ExchangeAsync(asks, stoppingToken);
                await _wake.WaitAsync(asks.Count == 0 ? times.Heartbeat : times.Interval, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The gateway stops: what it holds lapses, or is given back below.
        }

        _next.Ended.TrySetResult();
    }

    private async ValueTask ExchangeAsync(List<LeaseAsk> asks, CancellationToken stoppingToken)
    {
        // Who comes from now on is of the next round: what it needs is not in this one.
        var round = _next;
        _next = new Round();
        asks.Clear();
        if (!store.IsUp)
        {
            Fall();
            round.Ended.TrySetResult();
            return;
        }

        foreach (var meter in meters.All) meter.Ask(asks);
        var started = time.GetTimestamp();
        var answer = await AskAsync(asks, stoppingToken);
        if (answer.TryGet(out var value) && value.Grants.Count == asks.Count)
        {
            (_replicas, _place, _wasHeard) = (Math.Max(1, value.Replicas), value.Place, true);
            var age = time.GetElapsedTime(started);
            for (var i = 0; i < asks.Count; i++)
            {
                var meter = asks[i].Meter;
                var validUntil = meter.Now() + ((times.Valid - times.Margin - age).Ticks / TimeSpan.TicksPerMicrosecond);
                meter.Grant(asks[i], value.Grants[i], validUntil);
            }

            _isLate = false;
        }
        else
        {
            foreach (var ask in asks) ask.Meter.Miss(ask);
            Fall();
        }

        round.Ended.TrySetResult();
    }

    // Sorted, because that is the order of the store's locks; numbered, because what is late must not undo what came after it.
    private ValueTask<StoreAnswer<LeaseAnswer>> AskAsync(List<LeaseAsk> asks, CancellationToken cancellationToken)
    {
        asks.Sort(static (a, b) => string.CompareOrdinal(a.Meter.Account, b.Meter.Account) is not 0 and var order ? order : a.Kind.CompareTo(b.Kind));
        var (all, turn) = (asks.ToArray(), ++_turn);
        return store.RunAsync(
            (connection, token) => LeaseExchange.RunAsync(connection, _replica, turn, times.Valid, all, token), times.Deadline, cancellationToken);
    }

    private async ValueTask TopUpAsync(Meter? caller, Meter? model, Meter? global, CallCost cost, TimeSpan patience)
    {
        if (patience <= TimeSpan.Zero) return;
        foreach (var meter in (ReadOnlySpan<Meter?>)[caller, model, global])
        {
            if (meter is null) continue;
            // Who has kept one waiting too long keeps nobody else waiting; and a meter may be newer than that.
            if (_isLate) meter.Fall(Outage);
            else lock (meter.Gate) meter.Need(cost);
        }

        if (_isLate) return;

        var round = _next;
        Wake();
        try
        {
            await round.Ended.Task.WaitAsync(patience, time);
        }
        catch (TimeoutException)
        {
            // The first of them says it for all.
            if (!_isLate) Fall();
        }
    }

    private Outage Outage => new(_place, _replicas, _wasHeard);

    private void Fall()
    {
        _isLate = true;
        foreach (var meter in meters.All) meter.Fall(Outage);
    }

    private void Wake()
    {
        try
        {
            if (_wake.CurrentCount == 0) _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // Somebody else has woken it.
        }
    }

    /// <summary>One exchange with the store, for those who wait for it.</summary>
    private sealed class Round
    {
        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
