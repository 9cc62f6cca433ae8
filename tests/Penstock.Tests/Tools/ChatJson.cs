using System.Globalization;
using System.Text.Json;

namespace Penstock.Tests.Tools;

/// <summary>The JSON of chat completions as an upstream writes them, valid against OpenAI's schemas.</summary>
internal static class ChatJson
{
    public const string Id = "chatcmpl-upstream";
    public const string Model = "upstream-model";

    private const long Created = 1_700_000_000;

    /// <summary>Like <c>w1 w2 w3</c>.</summary>
    public static string Words(int count) =>
        string.Join(' ', Enumerable.Range(1, count).Select(n => "w" + n.ToString(CultureInfo.InvariantCulture)));

    /// <summary>The pieces in which a stream sends the text: every word with the white space before it.</summary>
    public static IReadOnlyList<string> Pieces(string content)
    {
        var pieces = new List<string>();
        var start = 0;
        for (var i = 1; i < content.Length; i++)
        {
            if (char.IsWhiteSpace(content[i]) && !char.IsWhiteSpace(content[i - 1]))
            {
                pieces.Add(content[start..i]);
                start = i;
            }
        }

        if (content.Length > 0)
            pieces.Add(content[start..]);
        return pieces;
    }

    /// <summary>A whole chat completion. Usage: <paramref name="promptTokens"/>, and a token for each piece.</summary>
    public static string Completion(string content, string model = Model, int promptTokens = 5) =>
        $$"""
        {"id":"{{Id}}","object":"chat.completion","created":{{Created}},"model":{{Quote(model)}},"choices":[{"index":0,"message":{"role":"assistant","content":{{Quote(content)}},"refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{{Usage(promptTokens, Pieces(content).Count)}}}
        """;

    /// <summary>The first chunk, which carries the role and no text.</summary>
    public static string RoleChunk(string model = Model) =>
        Chunk("""{"role":"assistant","content":"","refusal":null}""", null, model);

    public static string ContentChunk(string piece, string model = Model) =>
        Chunk($$"""{"content":{{Quote(piece)}}}""", null, model);

    public static string FinishChunk(string reason = "stop", string model = Model) => Chunk("{}", reason, model);

    /// <summary>The chunk after the last choice: no choices, but the usage.</summary>
    public static string UsageChunk(int promptTokens, int completionTokens, string model = Model) =>
        $$"""
        {"id":"{{Id}}","object":"chat.completion.chunk","created":{{Created}},"model":{{Quote(model)}},"choices":[],"usage":{{Usage(promptTokens, completionTokens)}}}
        """;

    /// <summary>A chunk with this delta, written as it is.</summary>
    public static string Chunk(string deltaJson, string? finishReason = null, string model = Model) =>
        $$"""
        {"id":"{{Id}}","object":"chat.completion.chunk","created":{{Created}},"model":{{Quote(model)}},"choices":[{"index":0,"delta":{{deltaJson}},"logprobs":null,"finish_reason":{{(finishReason is null ? "null" : Quote(finishReason))}}}]}
        """;

    /// <summary>OpenAI's error object.</summary>
    public static string Error(string message, string type, string? code = null, string? param = null) =>
        $$$"""
        {"error":{"message":{{{Quote(message)}}},"type":{{{Quote(type)}}},"param":{{{Quote(param)}}},"code":{{{Quote(code)}}}}}
        """;

    public static string Quote(string? text) => JsonSerializer.Serialize(text);

    private static string Usage(int prompt, int completion) =>
        $$"""{"prompt_tokens":{{prompt}},"completion_tokens":{{completion}},"total_tokens":{{prompt + completion}}}""";
}
