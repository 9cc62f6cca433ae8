using Penstock.Configuration;

namespace Penstock.Admission.Limits;

/// <summary>
/// What one caller, one model or all of them together have used and may use: requests and tokens a minute, calls at a time,
/// money. It outlives reloads. Its members are for <see cref="Limiter"/>, which holds <see cref="Gate"/> meanwhile.
/// </summary>
internal sealed class Meter(MeterScope scope, string name, TimeProvider time)
{
    // Calls end all the time; there is nothing that says when the next one does.
    private static readonly TimeSpan SeatIsFreeIn = TimeSpan.FromSeconds(1);

    private readonly long _ticksPerMicrosecond = Math.Max(1, time.TimestampFrequency / 1_000_000);
    private RateBucket _requests;
    private RateBucket _tokens;
    private BudgetAccount _budget;
    private int? _seats;
    private int _seatsTaken;

    public Lock Gate { get; } = new();

    public MeterScope Scope => scope;
    public string Name => name;

    /// <summary>Whose limits these are, as errors say it.</summary>
    public string Subject => scope switch
    {
        MeterScope.Caller => $"caller '{name}'",
        MeterScope.Model => $"model '{name}'",
        _ => "this gateway",
    };

    /// <summary>Calls that have begun and not ended.</summary>
    public int InFlight => Volatile.Read(ref _seatsTaken);

    /// <summary>Sets what may be used; what was used stays.</summary>
    public void Configure(LimitsConfig? limits, BudgetConfig? budget)
    {
        lock (Gate)
        {
            var now = Now();
            _requests.Configure(limits?.RequestsPerMinute, now);
            _tokens.Configure(limits?.TokensPerMinute, now);
            _seats = limits?.Concurrency;
            _budget.Configure(budget, time.GetUtcNow());
        }
    }

    /// <summary>Whether a call fits; else the limit that it would have to wait for the longest.</summary>
    public bool Fits(CallCost cost, ref LimitDenial? denial)
    {
        var now = Now();
        var fits = Check(LimitKind.Requests, _requests.PerMinute, ToTime(_requests.WaitFor(1, now)), ref denial);
        fits &= Check(LimitKind.Tokens, _tokens.PerMinute, ToTime(_tokens.WaitFor(cost.Tokens, now)), ref denial);
        if (_seats is { } seats) fits &= Check(LimitKind.Concurrency, seats, _seatsTaken < seats ? TimeSpan.Zero : SeatIsFreeIn, ref denial);
        if (_budget.IsLimited) fits &= Check(LimitKind.Budget, _budget.Limit, _budget.WaitFor(cost.Pico, time.GetUtcNow()), ref denial);
        return fits;
    }

    /// <summary>Takes what a call may cost. It fits.</summary>
    public void Take(CallCost cost)
    {
        _requests.Take(1);
        _tokens.Take(cost.Tokens);
        _seatsTaken++;
        _budget.Reserve(cost.Pico);
    }

    /// <summary>Ends what <see cref="Take"/> began, with what the call has cost.</summary>
    public void Settle(CallCost taken, CallCost used)
    {
        _tokens.Return(taken.Tokens - used.Tokens, Now());
        _seatsTaken--;
        _budget.Settle(taken.Pico, used.Pico, _budget.IsLimited ? time.GetUtcNow() : default);
    }

    /// <summary>How much is left; with <see cref="Gate"/> held.</summary>
    public LimitReading Read()
    {
        var now = Now();
        _requests.Fill(now);
        _tokens.Fill(now);
        return new LimitReading(
            _requests.PerMinute, _requests.Remaining, ToTime(_requests.FullIn)!.Value,
            _tokens.PerMinute, _tokens.Remaining, ToTime(_tokens.FullIn)!.Value);
    }

    private bool Check(LimitKind kind, long limit, TimeSpan? wait, ref LimitDenial? denial)
    {
        if (wait == TimeSpan.Zero) return true;
        // Never is longer than any time.
        if (denial is not { } longest || (longest.Wait is { } other && (wait is null || wait > other)))
            denial = new LimitDenial(this, kind, limit, wait);
        return false;
    }

    private static TimeSpan? ToTime(long? microseconds) => microseconds is { } some ? TimeSpan.FromMicroseconds(some) : null;

    private long Now() => time.GetTimestamp() / _ticksPerMicrosecond;
}
