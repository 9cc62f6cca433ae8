using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Penstock.Server.Mock.Engines;

/// <summary>
/// What a model would read of a request: tools, then the messages in the order of chat templates, each as its role and what it
/// says. The next turn of a conversation begins with all of this one, its answer included. A token is four bytes.
/// </summary>
internal static class PromptText
{
    public const int TokenBytes = 4;

    private static ReadOnlySpan<byte> Answerer => "\"assistant\"\n"u8;

    /// <param name="body">The request's JSON object.</param>
    /// <param name="promptName">The field that has the prompt: <c>messages</c>, or the text itself.</param>
    public static ReadOnlyMemory<byte> Of(JsonElement body, ReadOnlySpan<byte> promptName)
    {
        var text = new ArrayBufferWriter<byte>(4096);
        if (body.TryGetProperty("tools"u8, out var tools)) Write(text, tools);
        if (!body.TryGetProperty(promptName, out var prompt)) return text.WrittenMemory;
        if (!promptName.SequenceEqual("messages"u8) || prompt.ValueKind != JsonValueKind.Array)
        {
            Write(text, prompt);
            return text.WrittenMemory;
        }

        foreach (var message in prompt.EnumerateArray())
        {
            if (message.ValueKind != JsonValueKind.Object) continue;
            foreach (var name in (string[])["role", "content", "tool_calls"])
            {
                if (message.TryGetProperty(name, out var part)) Write(text, part);
            }
        }

        text.Write(Answerer);
        return text.WrittenMemory;
    }

    // Text without its quotes: an answer has none either.
    private static void Write(ArrayBufferWriter<byte> text, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null) return;
        var raw = JsonMarshal.GetRawUtf8Value(value);
        var isRole = raw.SequenceEqual("\"assistant\""u8);
        text.Write(value.ValueKind == JsonValueKind.String && !isRole ? raw[1..^1] : raw);
        // An answer is followed by the next message as it came, so that there is no line end to guess.
        if (isRole || value.ValueKind != JsonValueKind.String) text.Write("\n"u8);
    }
}
