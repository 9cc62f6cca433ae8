using Penstock.Protocol;

namespace Penstock.Admission.Limits;

/// <summary>Why a call may not be made now: the limit that it would have to wait for the longest.</summary>
/// <param name="Meter">Whose limit it is.</param>
/// <param name="Kind">What is limited.</param>
/// <param name="Limit">What there is of it in all: in a minute, at a time, or in a period.</param>
/// <param name="Wait">When the call would pass, if nobody else called; null: never.</param>
internal readonly record struct LimitDenial(Meter Meter, LimitKind Kind, long Limit, TimeSpan? Wait)
{
    /// <summary>Whether the store, which replicas share the limit by, may have what is missing here.</summary>
    public bool MayAsk { get; init; }

    /// <summary>Whether nobody can say how much is left, because the store does not answer.</summary>
    public bool IsUnknown { get; init; }

    /// <summary>The error that the caller gets.</summary>
    /// <param name="cost">What the call was expected to cost.</param>
    public ApiError ToError(CallCost cost) => Kind switch
    {
        _ when Wait is null && Kind == LimitKind.Budget => Errors.NeverWithinBudget(Meter.Subject, Money.ToUsd(Limit), Money.ToUsd(cost.Pico)),
        _ when Wait is null => Errors.NeverWithinLimit(Meter.Subject, Limit, cost.Tokens),
        _ when IsUnknown => Errors.LimitsUnavailable(Meter.Subject, Wait.Value),
        LimitKind.Requests => Errors.RateLimited(Meter.Subject, $"{Limit} requests per minute", Wait.Value),
        LimitKind.Tokens => Errors.RateLimited(Meter.Subject, $"{Limit} tokens per minute", Wait.Value),
        LimitKind.Concurrency => Errors.RateLimited(Meter.Subject, $"{Limit} calls at a time", Wait.Value),
        _ => Errors.InsufficientQuota(Meter.Subject, Money.ToUsd(Limit), Wait.Value),
    };
}
