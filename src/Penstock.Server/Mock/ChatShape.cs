using System.Text.Json;

namespace Penstock.Server.Mock;

/// <summary><c>/v1/chat/completions</c>: a message, or its deltas.</summary>
internal sealed class ChatShape : CompletionShape
{
    public static readonly ChatShape Instance = new();

    public override string IdPrefix => "chatcmpl-mock-";

    public override ReadOnlySpan<byte> PromptName => "messages"u8;

    protected override ReadOnlySpan<byte> WholeObject => "chat.completion"u8;

    protected override ReadOnlySpan<byte> ChunkObject => "chat.completion.chunk"u8;

    public override bool HasOpening => true;

    protected override void WriteMessage(Utf8JsonWriter json, JsonEncodedText content)
    {
        json.WriteStartObject("message"u8);
        json.WriteString("role"u8, "assistant"u8);
        json.WriteString("content"u8, content);
        json.WriteNull("refusal"u8);
        json.WriteEndObject();
    }

    protected override void WriteDelta(Utf8JsonWriter json, CompletionPart part, JsonEncodedText token)
    {
        json.WriteStartObject("delta"u8);
        if (part == CompletionPart.Opening)
        {
            json.WriteString("role"u8, "assistant"u8);
            json.WriteString("content"u8, ""u8);
            json.WriteNull("refusal"u8);
        }
        else if (part == CompletionPart.Token)
        {
            json.WriteString("content"u8, token);
        }

        json.WriteEndObject();
    }
}
