using System.Text.Json;

namespace Penstock.Server.Mock;

/// <summary><c>/v1/completions</c>: a text, or its pieces.</summary>
internal sealed class TextShape : CompletionShape
{
    public static readonly TextShape Instance = new();

    public override string IdPrefix => "cmpl-mock-";

    public override ReadOnlySpan<byte> PromptName => "prompt"u8;

    protected override ReadOnlySpan<byte> WholeObject => "text_completion"u8;

    protected override ReadOnlySpan<byte> ChunkObject => "text_completion"u8;

    public override bool HasOpening => false;

    protected override void WriteMessage(Utf8JsonWriter json, JsonEncodedText content) =>
        json.WriteString("text"u8, content);

    protected override void WriteDelta(Utf8JsonWriter json, CompletionPart part, JsonEncodedText token)
    {
        if (part == CompletionPart.Token)
            json.WriteString("text"u8, token);
        else
            json.WriteString("text"u8, ""u8);
    }
}
