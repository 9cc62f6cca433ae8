using Penstock.Configuration;

namespace Penstock.Admission.Limits;

/// <summary>
/// What one caller, one model or all of them together have used and may use: requests and tokens a minute, calls at a time,
/// money. It outlives reloads. Where replicas share it, it holds slices of the store's accounts. Its members are for
/// <see cref="Limiter"/> and whoever speaks with the store, who hold <see cref="Gate"/> meanwhile.
/// </summary>
internal sealed class Meter
{
    // Nothing is granted, so that nothing can lapse.
    private const long NotLeased = long.MaxValue;

    private readonly TimeProvider _time;
    private readonly long _ticksPerMicrosecond;
    private readonly bool _isShared;
    private RateBucket _requests;
    private RateBucket _tokens;
    private BudgetAccount _budget;
    private Seats _seats;
    private OnStoreFailure _onStoreFailure;
    private SharingMode _mode;
    private long _validUntil = NotLeased;

    /// <param name="scope">Of whom it is.</param>
    /// <param name="name">Who that is; empty for all together.</param>
    /// <param name="isShared">Whether replicas share it.</param>
    /// <param name="time">The clock.</param>
    public Meter(MeterScope scope, string name, bool isShared, TimeProvider time)
    {
        (Scope, Name, _isShared, _time) = (scope, name, isShared, time);
        _ticksPerMicrosecond = Math.Max(1, time.TimestampFrequency / 1_000_000);
        _mode = isShared ? SharingMode.Shared : SharingMode.Own;
        Account = scope == MeterScope.Global ? "global" : $"{(scope == MeterScope.Caller ? "caller" : "model")}:{name}";
    }

    public Lock Gate { get; } = new();
    public MeterScope Scope { get; }
    public string Name { get; }

    /// <summary>What the store calls it.</summary>
    public string Account { get; }

    /// <summary>Whose limits these are, as errors say it.</summary>
    public string Subject => Scope switch
    {
        MeterScope.Caller => $"caller '{Name}'",
        MeterScope.Model => $"model '{Name}'",
        _ => "this gateway",
    };

    /// <summary>Calls that have begun and not ended.</summary>
    public int InFlight
    {
        get
        {
            lock (Gate) return _seats.Taken;
        }
    }

    /// <summary>Sets what may be used; what was used stays.</summary>
    public void Configure(LimitsConfig? limits, BudgetConfig? budget)
    {
        lock (Gate)
        {
            var now = Now();
            _requests.Configure(limits?.RequestsPerMinute, _isShared, now);
            _tokens.Configure(limits?.TokensPerMinute, _isShared, now);
            _seats.Configure(limits?.Concurrency, _isShared);
            _budget.Configure(budget, _isShared, _time.GetUtcNow());
            _onStoreFailure = limits?.OnStoreFailure ?? OnStoreFailure.Local;
        }
    }

    /// <summary>Whether a call fits; else the limit that it would have to wait for the longest.</summary>
    public bool Fits(CallCost cost, ref LimitDenial? denial)
    {
        var now = Now();
        if (now > _validUntil) Lapse(now);
        var fits = Check(LimitKind.Requests, _requests.PerMinute, ToTime(_requests.WaitFor(1, now, out var mayAsk)), mayAsk, ref denial);
        fits &= Check(LimitKind.Tokens, _tokens.PerMinute, ToTime(_tokens.WaitFor(cost.Tokens, now, out mayAsk)), mayAsk, ref denial);
        fits &= Check(LimitKind.Concurrency, _seats.Limit, ToTime(_seats.WaitFor(now, out mayAsk)), mayAsk, ref denial);
        if (_budget.IsLimited)
            fits &= Check(LimitKind.Budget, _budget.Limit, _budget.WaitFor(cost.Pico, _time.GetUtcNow(), now, out mayAsk), mayAsk, ref denial);
        return fits;
    }

    /// <summary>Takes what a call may cost. It fits.</summary>
    public void Take(CallCost cost)
    {
        _requests.Take(1);
        _tokens.Take(cost.Tokens);
        _seats.Take();
        _budget.Reserve(cost.Pico);
    }

    /// <summary>A call that does not fit waits for what the store may have.</summary>
    public void Need(CallCost cost)
    {
        _requests.Need(1);
        _tokens.Need(cost.Tokens);
        _seats.Need();
        _budget.Need(cost.Pico);
    }

    /// <summary>Ends what <see cref="Take"/> began, with what the call has cost.</summary>
    public void Settle(CallCost taken, CallCost used)
    {
        _tokens.Return(taken.Tokens - used.Tokens, Now());
        _seats.Leave();
        _budget.Settle(taken.Pico, used.Pico, _budget.IsLimited ? _time.GetUtcNow() : default);
    }

    /// <summary>How much is left.</summary>
    public LimitReading Read()
    {
        var now = Now();
        _requests.Fill(now);
        _tokens.Fill(now);
        return new LimitReading(
            _requests.PerMinute, _requests.Remaining, ToTime(_requests.FullIn)!.Value,
            _tokens.PerMinute, _tokens.Remaining, ToTime(_tokens.FullIn)!.Value);
    }

    /// <summary>Takes over what was spent in this period before this process began.</summary>
    public void Restore(long spentPico)
    {
        lock (Gate) _budget.Restore(spentPico);
    }

    /// <summary>How long its budget lasts; null where it has none.</summary>
    public BudgetPeriod? Period
    {
        get
        {
            lock (Gate) return _budget.IsLimited ? _budget.Period : null;
        }
    }

    /// <summary>Says to the store what is to be said of this meter.</summary>
    public void Ask(List<LeaseAsk> asks)
    {
        if (!_isShared) return;
        lock (Gate)
        {
            var now = Now();
            if (now > _validUntil) Lapse(now);
            if (_requests.TryAsk(this, LimitKind.Requests, now, out var ask)) asks.Add(ask);
            if (_tokens.TryAsk(this, LimitKind.Tokens, now, out ask)) asks.Add(ask);
            if (_seats.TryAsk(this, now, out ask)) asks.Add(ask);
            if (_budget.TryAsk(this, _time.GetUtcNow(), now, out ask)) asks.Add(ask);
        }
    }

    /// <summary>Says that all that is held goes back.</summary>
    public void GiveBack(List<LeaseAsk> asks)
    {
        lock (Gate)
        {
            _requests.Forget();
            _tokens.Forget();
            _seats.Forget();
            _budget.Forget();
        }

        Ask(asks);
    }

    /// <summary>The store has answered.</summary>
    /// <param name="ask">What it was asked.</param>
    /// <param name="grant">What it said.</param>
    /// <param name="validUntil">When what it granted lapses, on the clock of <see cref="Now"/>.</param>
    public void Grant(in LeaseAsk ask, LeaseGrant grant, long validUntil)
    {
        lock (Gate)
        {
            var now = Now();
            _mode = SharingMode.Shared;
            _validUntil = validUntil;
            switch (ask.Kind)
            {
                case LimitKind.Requests: _requests.Grant(grant, now); break;
                case LimitKind.Tokens: _tokens.Grant(grant, now); break;
                case LimitKind.Concurrency: _seats.Grant(ask.Holding, grant, now); break;
                default: _budget.Grant(grant, now); break;
            }
        }
    }

    /// <summary>The store may not have heard what it was asked.</summary>
    public void Miss(in LeaseAsk ask)
    {
        lock (Gate)
        {
            switch (ask.Kind)
            {
                case LimitKind.Requests: _requests.Miss(ask.Return); break;
                case LimitKind.Tokens: _tokens.Miss(ask.Return); break;
                case LimitKind.Budget: _budget.Miss(ask.Return); break;
                default: break;
            }
        }
    }

    /// <summary>The store does not answer.</summary>
    /// <param name="outage">What is known of the others.</param>
    public void Fall(Outage outage)
    {
        if (!_isShared) return;
        lock (Gate)
        {
            var now = Now();
            if (now > _validUntil) Lapse(now);
            _mode = _onStoreFailure == OnStoreFailure.Local ? SharingMode.Fallback : SharingMode.Denied;
            _requests.Fall(_mode, outage, now);
            _tokens.Fall(_mode, outage, now);
            _seats.Fall(_mode, (int)outage.ShareOf(_seats.Limit), isLeased: _validUntil != NotLeased);
            _budget.Fall(_mode, outage);
        }
    }

    /// <summary>The clock of leases: microseconds.</summary>
    public long Now() => _time.GetTimestamp() / _ticksPerMicrosecond;

    // Nobody has heard of the store for so long that others may have been granted what was granted here.
    private void Lapse(long now)
    {
        _validUntil = NotLeased;
        _requests.Lapse(now);
        _tokens.Lapse(now);
        _seats.Lapse();
        _budget.Lapse();
    }

    private bool Check(LimitKind kind, long limit, TimeSpan? wait, bool mayAsk, ref LimitDenial? denial)
    {
        if (wait == TimeSpan.Zero) return true;
        var found = new LimitDenial(this, kind, limit, wait) { MayAsk = mayAsk, IsUnknown = IsUnknown(kind) };
        // Never is longer than any time; and what the store may have is no obstacle yet.
        if (denial is not { } longest || (longest.MayAsk && !mayAsk) || (longest.MayAsk == mayAsk && longest.Wait is { } other && (wait is null || wait > other)))
            denial = found;
        return false;
    }

    // That money is gone is never said on suspicion.
    private bool IsUnknown(LimitKind kind) => _mode == SharingMode.Denied || (_mode == SharingMode.Fallback && kind == LimitKind.Budget);

    private static TimeSpan? ToTime(long? microseconds) => microseconds is { } some ? TimeSpan.FromMicroseconds(some) : null;
}
