using System.Text;
using Penstock.Forwarding;
using Penstock.Protocol;
using Penstock.Routing;

namespace Penstock.Endpoints;

/// <summary>Reads of a request what tells where its prompt, or the beginning of it, has been before.</summary>
internal static class ConversationReader
{
    /// <summary>A caller's name for the conversation that a call belongs to. It goes along to the backend, for which it may mean something, too.</summary>
    public const string SessionHeader = "X-Session-Id";

    private const int LongestHint = 512;

    /// <param name="exchange">The request, whose tokens were estimated.</param>
    /// <param name="route">Where it goes.</param>
    /// <param name="json">Its body.</param>
    /// <param name="request">What was parsed from that.</param>
    public static Conversation Read(Exchange exchange, ModelRoute route, ReadOnlySpan<byte> json, in ChatRequest request)
    {
        var terms = exchange.Terms!;
        var model = route.Pool.ModelToken;
        // Servers that are asked for several models keep what these have apart.
        var session = SessionOf(exchange, json, request) is var hint and not 0 ? BlockHash.Mix(hint, BlockHash.Of(model ?? request.Model.Of(json))) : 0;
        var expected = exchange.Record.IsGeneration ? terms.Estimator.EstimateOutput(route.Settings.ExpectedOutputTokens) : 0;
        return new Conversation(
            json, request, model, exchange.Record.PromptEstimate, Math.Min(expected, request.MaxTokens ?? long.MaxValue), session,
            SlotWish.Of(json, request, exchange.Record.IsGeneration));
    }

    // What is said most closely comes first: a conversation, a cache's key, a user with all of his.
    private static ulong SessionOf(Exchange exchange, ReadOnlySpan<byte> json, in ChatRequest request)
    {
        if (exchange.Request.Headers[SessionHeader] is [{ Length: > 0 and <= LongestHint } header])
            return BlockHash.Of(Encoding.UTF8.GetBytes(header));
        var hint = request.PromptCacheKey.IsPresent ? request.PromptCacheKey : request.User;
        return hint.IsPresent ? BlockHash.Of(hint.Of(json)[1..^1]) : 0;
    }
}
