using System.Net;
using System.Text;
using System.Text.Json;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Wire;

/// <summary>A long first prompt that no other conversation has, then turns, each with all that was said before.</summary>
/// <param name="number">Which conversation it is.</param>
internal sealed class WireConversation(int number)
{
    private const int AnswerTokens = 40;

    // A token of the mock's is four bytes.
    private readonly StringBuilder _messages = new(Message("user", Text($"{number:000}", 3_000)));
    private int _turn;
    private int _known;

    /// <summary>Has the next turn answered, and checks that it was, whole.</summary>
    public async Task<TurnFigures> AskAsync(TestGateway gateway)
    {
        var body = $$"""
            {"model":"m","stream":true,"stream_options":{"include_usage":true},"max_tokens":{{AnswerTokens}},
             "metadata":{"conversation":{{number}},"turn":{{_turn++}}},"messages":[{{_messages}}]}
            """;
        using var response = await gateway.PostAsync("/v1/chat/completions", body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        var answer = SseText.Parse(text);
        Assert.True(answer.IsDone, text);
        Assert.Equal(4 * AnswerTokens, answer.Content.Length);

        var figures = new TurnFigures(CachedOf(answer.Json), _known);
        _known = UsageOf(answer.Json).GetProperty("total_tokens").GetInt32();
        _messages.Append(',').Append(Message("assistant", answer.Content)).Append(',').Append(Message("user", Text("and", 300)));
        return figures;
    }

    private static JsonElement UsageOf(IReadOnlyList<JsonElement> chunks) =>
        chunks.Last(chunk => chunk.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object).GetProperty("usage");

    // As vLLM says it, else as llama.cpp does; who says neither fails.
    private static int CachedOf(IReadOnlyList<JsonElement> chunks) =>
        UsageOf(chunks).TryGetProperty("prompt_tokens_details", out var details)
            ? details.GetProperty("cached_tokens").GetInt32()
            : chunks.Last(chunk => chunk.TryGetProperty("timings", out _)).GetProperty("timings").GetProperty("cache_n").GetInt32();

    private static string Message(string role, string content) => $$"""{"role":"{{role}}","content":"{{content}}"}""";

    private static string Text(string word, int tokens) => string.Concat(Enumerable.Repeat(word + " ", tokens));
}
