using System.Text.Json;
using Penstock.Configuration;
using Penstock.Forwarding;
using Penstock.Protocol;
using Penstock.Routing;

namespace Penstock.Endpoints;

/// <summary>
/// <c>/admin/route</c> says where a request would go, and what it would cost at each backend. The request is its body, as it
/// would be sent; nobody is asked, and nothing is changed by it. A GET may have a body, and those whose tools do not send
/// one use POST. <c>?caller=</c> says whose request it would be.
/// </summary>
internal static class RouteEndpoint
{
    public static async ValueTask<ApiError?> HandleAsync(Exchange exchange)
    {
        var request = exchange.Request;
        if (request.Method is not ("GET" or "POST")) return Errors.MethodNotAllowed(request.Method, exchange.Record.Path, "GET, POST");
        var limit = exchange.Gateway.Config.Server.MaxBodyBytes;
        using var body = await BodyReader.ReadAsync(request, limit);
        if (body is null) return ForwardingEndpoint.TooLarge(exchange, limit);
        if (!RequestParser.TryParse(body.Span, strict: false, out var parsed, out var error)) return error;
        if (!parsed.Model.IsPresent) return Errors.MissingParameter("model");
        var model = JsonText.Unquote(parsed.Model.Of(body.Span), []).ToString();
        if (exchange.Gateway.Router.Resolve(model) is not { } route) return Errors.ModelNotFound(model);

        var terms = exchange.Gateway.Limits.Of(route.Target);
        exchange.Terms = terms;
        // The route would tell embeddings from responses, and there is none here: who has an input is taken to want an answer.
        exchange.Record.IsGeneration = parsed.Messages.IsPresent || parsed.Prompt.IsPresent || parsed.Input.IsPresent;
        exchange.Record.PromptEstimate = terms.Estimator.EstimatePrompt(parsed.PromptBytes);
        // A hint of a session is its caller's own.
        var caller = request.Query["caller"] is [{ Length: > 0 } name] ? name : KeyRules.Anonymous;
        using var conversation = ConversationReader.Read(exchange, caller, route, new JsonBody(body.Memory, parsed, hasUsageOption: false, ""));
        var prompt = conversation.PromptFor(route.Pool);
        var costs = route.Pool.Explain(prompt, out var chosen);
        JsonResponses.Send(exchange, json =>
        {
            json.WriteStartObject();
            json.WriteString("model"u8, route.Name);
            json.WriteNumber("prompt_tokens"u8, Round(prompt.Tokens));
            json.WriteNumber("output_tokens"u8, Round(prompt.OutputTokens));
            json.WriteNumber("blocks"u8, prompt.Blocks.Length);
            json.WriteBoolean("session"u8, prompt.Session != 0);
            if (chosen is null) json.WriteNull("chosen"u8);
            else json.WriteString("chosen"u8, chosen.Name);
            // One name may stand for several servers.
            json.WriteString("chosen_address"u8, chosen?.Address?.ToString());
            WriteCandidates(json, route.Pool, costs);
            json.WriteEndObject();
        });
        return null;
    }

    private static void WriteCandidates(Utf8JsonWriter json, Pool pool, IReadOnlyList<RouteCost>? costs)
    {
        json.WriteStartArray("candidates"u8);
        foreach (var backend in pool.Members)
        {
            json.WriteStartObject();
            json.WriteString("backend"u8, backend.Name);
            json.WriteString("address"u8, backend.Address?.ToString());
            json.WriteString("obstacle"u8, BackendJson.Obstacles[(int)backend.Obstacle]);
            json.WriteNumber("in_flight"u8, backend.State.InFlight);
            if (costs?.FirstOrDefault(cost => cost.Backend == backend) is { Backend: not null } cost) WriteCost(json, cost);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    // Seconds, but for the tokens that they are reckoned from.
    private static void WriteCost(Utf8JsonWriter json, in RouteCost cost)
    {
        json.WriteNumber("cached_tokens"u8, Round(cost.CachedTokens));
        json.WriteNumber("waiting_tokens"u8, Round(cost.WaitingTokens));
        if (cost.Slot is { } slot) json.WriteNumber("slot"u8, slot);
        json.WriteStartObject("cost"u8);
        json.WriteNumber("seat"u8, Round(cost.Seat));
        json.WriteNumber("prefill"u8, Round(cost.Prefill));
        json.WriteNumber("decode"u8, Round(cost.Decode));
        json.WriteNumber("eviction"u8, Round(cost.Eviction));
        json.WriteNumber("stickiness"u8, Round(cost.Stickiness));
        json.WriteNumber("total"u8, Round(cost.Total));
        json.WriteEndObject();
    }

    private static double Round(double value) => Math.Round(value, 6);
}
