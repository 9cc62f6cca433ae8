using System.Text.Json;

namespace Penstock.Tests.Tools;

/// <summary>Streams that are more than a text: a tool's call, and several choices; with what tests read from them.</summary>
internal static class ChoiceScripts
{
    private static readonly string[] Parts = ["{\"city\":", "\"Par", "is\",", "\"days\"", ":3}"];

    /// <summary>What the call of <see cref="ToolCall"/> is made with.</summary>
    public static string Arguments { get; } = string.Concat(Parts);

    /// <summary>A call of one tool, its arguments in five pieces.</summary>
    /// <param name="cutAfter">The connection ends after so many pieces; null: it is whole.</param>
    public static Func<ScriptedExchange, Task> ToolCall(int? cutAfter = null) => exchange => WriteAsync(
        exchange,
        [
            ChatJson.Chunk("""{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"weather","arguments":""}}]}"""),
            .. Parts.Select(p => ChatJson.Chunk($$$"""{"tool_calls":[{"index":0,"function":{"arguments":{{{ChatJson.Quote(p)}}}}}]}""")),
            ChatJson.FinishChunk("tool_calls"),
        ],
        cutAfter is null ? null : cutAfter + 1);

    /// <summary>Two choices that take turns, a word each.</summary>
    /// <param name="first">The text of choice 0.</param>
    /// <param name="second">The text of choice 1, with as many words.</param>
    /// <param name="cutAfter">The connection ends after so many words, of both together; null: it is whole.</param>
    public static Func<ScriptedExchange, Task> TwoChoices(string first, string second, int? cutAfter = null) => exchange => WriteAsync(
        exchange,
        [
            Choice(0, """{"role":"assistant","content":""}"""),
            Choice(1, """{"role":"assistant","content":""}"""),
            .. ChatJson.Pieces(first).Zip(ChatJson.Pieces(second)).SelectMany(pair => new[]
            {
                Choice(0, $$"""{"content":{{ChatJson.Quote(pair.First)}}}"""),
                Choice(1, $$"""{"content":{{ChatJson.Quote(pair.Second)}}}"""),
            }),
            Choice(0, "{}", "stop"),
            Choice(1, "{}", "stop"),
        ],
        cutAfter is null ? null : cutAfter + 2);

    public static string ArgumentsOf(IEnumerable<JsonElement> chunks) => string.Concat(
        CallsOf(chunks).Select(c => c.TryGetProperty("function", out var f) && f.TryGetProperty("arguments", out var a) ? a.GetString() : null));

    public static IReadOnlyList<string?> CallIdsOf(IEnumerable<JsonElement> chunks) =>
        [.. CallsOf(chunks).Where(c => c.TryGetProperty("id", out _)).Select(c => c.GetProperty("id").GetString())];

    public static string TextOf(IEnumerable<JsonElement> chunks, int index) => string.Concat(
        ChoicesOf(chunks, index).Select(c => c.GetProperty("delta").TryGetProperty("content", out var content) ? content.GetString() : null));

    public static IReadOnlyList<string?> FinishesOf(IEnumerable<JsonElement> chunks, int index) =>
    [
        .. ChoicesOf(chunks, index)
            .Select(c => c.TryGetProperty("finish_reason", out var reason) ? reason.GetString() : null)
            .Where(reason => reason is not null),
    ];

    private static IEnumerable<JsonElement> CallsOf(IEnumerable<JsonElement> chunks) => ChoicesOf(chunks, 0)
        .SelectMany(c => c.GetProperty("delta").TryGetProperty("tool_calls", out var calls) ? calls.EnumerateArray().ToArray() : []);

    private static IEnumerable<JsonElement> ChoicesOf(IEnumerable<JsonElement> chunks, int index) => chunks
        .Where(c => c.TryGetProperty("choices", out _))
        .SelectMany(c => c.GetProperty("choices").EnumerateArray().ToArray())
        .Where(c => c.GetProperty("index").GetInt32() == index);

    private static string Choice(int index, string delta, string? finish = null) =>
        ChatJson.Chunk(delta, finish).Replace("\"index\":0,\"delta\"", $"\"index\":{index},\"delta\"", StringComparison.Ordinal);

    private static async Task WriteAsync(ScriptedExchange exchange, IReadOnlyList<string> events, int? cutAfter)
    {
        await exchange.StartSseAsync();
        foreach (var one in cutAfter is { } count ? events.Take(count) : events) await exchange.EventAsync(one);
        if (cutAfter is not null)
        {
            await exchange.CloseAsync();
            return;
        }

        if (exchange.Request.WantsUsage) await exchange.EventAsync(ChatJson.UsageChunk(5, events.Count));
        await exchange.EventAsync("[DONE]");
        await exchange.FinishChunksAsync();
    }
}
