using System.Runtime.InteropServices;
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
    /// <param name="caller">Whose it is.</param>
    /// <param name="route">Where it goes.</param>
    /// <param name="body">Its body.</param>
    public static Conversation Read(Exchange exchange, string caller, ModelRoute route, JsonBody body)
    {
        var request = body.Request;
        var reader = Array.Find(route.Pools, pool => pool.ReadsPrompts) ?? route.Pool;
        var terms = exchange.Terms!;
        var expected = exchange.Record.IsGeneration ? terms.Estimator.EstimateOutput(route.Settings.ExpectedOutputTokens) : 0;
        return new Conversation(
            body, reader.ModelToken, exchange.Record.PromptEstimate, Math.Min(expected, request.MaxTokens ?? long.MaxValue),
            OfCaller(caller, HintOf(exchange, body.Json, request)), SlotWish.Of(body.Json, request, exchange.Record.IsGeneration));
    }

    // What is said most closely comes first: a conversation, a cache's key, a user with all of his.
    private static ulong HintOf(Exchange exchange, ReadOnlySpan<byte> json, in ChatRequest request)
    {
        if (exchange.Request.Headers[SessionHeader] is [{ Length: > 0 and <= LongestHint } header])
            return BlockHash.Of(Encoding.UTF8.GetBytes(header));
        var hint = request.PromptCacheKey.IsPresent ? request.PromptCacheKey : request.User;
        return hint.IsPresent ? BlockHash.Of(hint.Of(json)[1..^1]) : 0;
    }

    // What two callers call alike is not the same, and nobody is to say anything of another's.
    private static ulong OfCaller(string caller, ulong hint) =>
        hint == 0 ? 0 : BlockHash.Mix(hint, BlockHash.Of(MemoryMarshal.AsBytes(caller.AsSpan())));
}
