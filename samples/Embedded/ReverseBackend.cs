using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Penstock.Backends;
using Penstock.Configuration;

namespace Embedded;

/// <summary>Answers with the last user message, reversed. Ids, usage, headers, metrics and logs are the gateway's.</summary>
public sealed class ReverseBackend(BackendConfig config) : IBackend
{
    private readonly string _prefix = config.Options.GetValueOrDefault("prefix", "");

    public async ValueTask<BackendResponse> SendAsync(BackendRequest request, CancellationToken cancellationToken)
    {
        if (request.Path != "/v1/chat/completions")
            return BackendResponse.Json("""{"error":{"message":"Only chat completions can be reversed.","type":"invalid_request_error","param":null,"code":"not_found"}}"""u8.ToArray(), 404);

        using var chat = JsonDocument.Parse(await request.Content.ReadAsync(cancellationToken));
        var answer = _prefix + Reverse(LastUserMessage(chat.RootElement));
        var isStreamed = chat.RootElement.TryGetProperty("stream", out var stream) && stream.ValueKind == JsonValueKind.True;
        return isStreamed
            ? BackendResponse.EventStream(StreamAsync(answer))
            : BackendResponse.Json(Body("chat.completion", "message", new JsonObject { ["role"] = "assistant", ["content"] = answer }, "stop"));
    }

    // A text element an event: what a reader sees as one character stays one.
    private async IAsyncEnumerable<ReadOnlyMemory<byte>> StreamAsync(string answer)
    {
        for (var elements = StringInfo.GetTextElementEnumerator(answer); elements.MoveNext(); await Task.Yield())
            yield return Body("chat.completion.chunk", "delta", new JsonObject { ["content"] = elements.GetTextElement() }, finish: null);
        yield return Body("chat.completion.chunk", "delta", [], "stop");
        yield return "[DONE]"u8.ToArray();
    }

    private byte[] Body(string type, string part, JsonObject content, string? finish) => JsonSerializer.SerializeToUtf8Bytes(new JsonObject
    {
        ["id"] = "reverse",
        ["object"] = type,
        ["created"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
        ["model"] = config.Model ?? config.Name,
        ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, [part] = content, ["finish_reason"] = finish }),
    });

    private static string LastUserMessage(JsonElement chat) => chat.GetProperty("messages").EnumerateArray()
        .Where(message => message.GetProperty("role").ValueEquals("user") && message.GetProperty("content").ValueKind == JsonValueKind.String)
        .Select(message => message.GetProperty("content").GetString())
        .LastOrDefault() ?? "";

    private static string Reverse(string text)
    {
        var starts = StringInfo.ParseCombiningCharacters(text);
        return string.Concat(starts.Select((start, i) => text[start..(i + 1 < starts.Length ? starts[i + 1] : text.Length)]).Reverse());
    }
}
