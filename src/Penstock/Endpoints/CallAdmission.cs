using Penstock.Admission.Limits;
using Penstock.Protocol;
using Penstock.Routing;

namespace Penstock.Endpoints;

/// <summary>Whether a call may be made: by its model, and by what it may cost. Ends with what it has cost.</summary>
internal static class CallAdmission
{
    /// <summary>Whether the caller may not ask for a model.</summary>
    /// <param name="exchange">The request.</param>
    /// <param name="asked">What it asks for; empty where it does not say.</param>
    /// <param name="route">Where that would go; null: nowhere.</param>
    public static bool IsRefused(Exchange exchange, ReadOnlySpan<char> asked, ModelRoute? route)
    {
        var models = exchange.Caller!.Models;
        // Whether a model exists that a caller may not call is not for it to know.
        if (models.IsUnlimited || (route is null && (asked.IsEmpty || models.Allows(asked)))) return false;
        if (route is null) return true;
        // Whatever it is called by: who may call a model may call it by its aliases. But for the default, which any name leads to.
        return !(models.Allows(route.Target) || (!route.IsDefault && models.Allows(asked)));
    }

    /// <summary>Whether a model shows in the caller's list.</summary>
    public static bool MayAskFor(Exchange exchange, string model) =>
        exchange.Caller!.Models.IsUnlimited || !IsRefused(exchange, model, exchange.Gateway.Router.Resolve(model));

    /// <summary>Takes what the call may cost of its limits, and says in the answer's head how much is left.</summary>
    /// <returns>The error that the caller gets where a limit is in the way.</returns>
    public static ValueTask<ApiError?> ReserveAsync(Exchange exchange, LeaseBroker leases, ModelRoute route, long promptBytes, ExpectedOutput output)
    {
        if (QueueHeaders.Read(exchange) is { } wrong) return ValueTask.FromResult<ApiError?>(wrong);
        var gateway = exchange.Gateway;
        var record = exchange.Record;
        var terms = gateway.Limits.Of(route.Target);
        var prompt = terms.Estimator.EstimatePrompt(promptBytes);
        record.PromptEstimate = prompt;
        record.IsGeneration = output.Choices > 0;
        record.IsStreamed = output.IsStreamed;
        exchange.Terms = terms;
        exchange.PromptBytes = promptBytes;
        exchange.LearnedChoices = output.MaxTokens is null ? output.Choices : 0;
        var usual = terms.Estimator.EstimateOutput(route.Settings.ExpectedOutputTokens);
        record.TokenEstimate = prompt + output.Likely(usual);
        var (caller, model, global) = (exchange.Caller!.Meter, terms.Meter, gateway.Limits.Global);
        if (caller is null && model is null && global is null) return default;

        // A limit is not to be passed: what is reserved is what may be, and not what is likely.
        var completion = output.AtMost(usual);
        var price = gateway.Prices.PriceOf(route.Target, record.RequestedModel);
        var cost = new CallCost(prompt + completion, price.CostOf(new TokenUsage(prompt, completion)));
        var isReserved = Limiter.TryReserve(caller, model, global, cost, out var reservation, out var denial, out var left);
        exchange.Reservation = reservation;
        return isReserved || !denial.MayAsk
            ? ValueTask.FromResult(Answer(exchange, denial, cost, left))
            : AskAsync(exchange, leases, caller, model, global, cost);
    }

    // What this replica has of a limit is used up, and the store may have more.
    private static async ValueTask<ApiError?> AskAsync(Exchange exchange, LeaseBroker leases, Meter? caller, Meter? model, Meter? global, CallCost cost)
    {
        var (reservation, denial) = await leases.ReserveAsync(caller, model, global, cost);
        exchange.Reservation = reservation.GetValueOrDefault();
        return Answer(exchange, denial, cost, Limiter.Read(caller, model, global));
    }

    private static ApiError? Answer(Exchange exchange, in LimitDenial denial, CallCost cost, LimitReading left)
    {
        RateLimitHeaders.Write(exchange.Response.Headers, left);
        return exchange.Reservation == default ? denial.ToError(cost) : null;
    }

    /// <summary>Settles with what was used, however the call has ended.</summary>
    public static void Settle(Exchange exchange)
    {
        var record = exchange.Record;
        if (exchange.Terms is not { } terms) return;
        var gateway = exchange.Gateway;
        record.CountUsed();
        var used = record.Used;
        exchange.WaitedIn?.Ended(record.TokenEstimate, record.Error is null ? null : used.PromptTokens + used.CompletionTokens);
        if (!gateway.Prices.IsEmpty) record.CostPico = gateway.Prices.PriceOf(record.ModelAnswered, record.RequestedModel).CostOf(used);
        Limiter.Settle(exchange.Reservation, new CallCost(used.PromptTokens + used.CompletionTokens, record.CostPico));
        if (record.Usage is null) return;
        terms.Estimator.LearnPrompt(exchange.PromptBytes, used.PromptTokens);
        if (exchange.LearnedChoices > 0 && record.Error is null) terms.Estimator.LearnOutput(used.CompletionTokens / exchange.LearnedChoices);
    }
}
