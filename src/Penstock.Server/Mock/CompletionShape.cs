using System.Text.Json;

namespace Penstock.Server.Mock;

/// <summary>How one endpoint writes its answers and chunks.</summary>
internal abstract class CompletionShape
{
    public abstract string IdPrefix { get; }

    /// <summary>The field that has the prompt, in UTF-8.</summary>
    public abstract ReadOnlySpan<byte> PromptName { get; }

    protected abstract ReadOnlySpan<byte> WholeObject { get; }

    protected abstract ReadOnlySpan<byte> ChunkObject { get; }

    /// <summary>Whether a stream begins with a chunk that has no content.</summary>
    public abstract bool HasOpening { get; }

    public void WriteWhole(Utf8JsonWriter json, in CompletionHead head, JsonEncodedText content)
    {
        WriteHead(json, head, WholeObject);
        json.WriteStartArray("choices"u8);
        json.WriteStartObject();
        json.WriteNumber("index"u8, 0);
        WriteMessage(json, content);
        json.WriteNull("logprobs"u8);
        json.WriteString("finish_reason"u8, "stop"u8);
        json.WriteEndObject();
        json.WriteEndArray();
        WriteUsage(json, head);
        WriteTimings(json, head.Timings);
        json.WriteEndObject();
    }

    /// <param name="json">Where to.</param>
    /// <param name="head">What is the same in every chunk.</param>
    /// <param name="part">Which chunk.</param>
    /// <param name="token">The content of a <see cref="CompletionPart.Token"/>.</param>
    public void WriteChunk(Utf8JsonWriter json, in CompletionHead head, CompletionPart part, JsonEncodedText token)
    {
        WriteHead(json, head, ChunkObject);
        json.WriteStartArray("choices"u8);
        if (part != CompletionPart.Usage)
        {
            json.WriteStartObject();
            json.WriteNumber("index"u8, 0);
            WriteDelta(json, part, token);
            json.WriteNull("logprobs"u8);
            if (part == CompletionPart.Finish)
                json.WriteString("finish_reason"u8, "stop"u8);
            else
                json.WriteNull("finish_reason"u8);

            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (part == CompletionPart.Usage)
            WriteUsage(json, head);
        else if (head.IncludeUsage)
            json.WriteNull("usage"u8);

        // In the last chunk, whichever that is.
        if (part == CompletionPart.Usage || (part == CompletionPart.Finish && !head.IncludeUsage))
            WriteTimings(json, head.Timings);

        json.WriteEndObject();
    }

    protected abstract void WriteMessage(Utf8JsonWriter json, JsonEncodedText content);

    protected abstract void WriteDelta(Utf8JsonWriter json, CompletionPart part, JsonEncodedText token);

    private static void WriteHead(Utf8JsonWriter json, in CompletionHead head, ReadOnlySpan<byte> kind)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, head.Id);
        json.WriteString("object"u8, kind);
        json.WriteNumber("created"u8, head.Created);
        json.WriteString("model"u8, head.Model);
    }

    private static void WriteUsage(Utf8JsonWriter json, in CompletionHead head)
    {
        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, head.PromptTokens);
        json.WriteNumber("completion_tokens"u8, head.CompletionTokens);
        json.WriteNumber("total_tokens"u8, head.PromptTokens + head.CompletionTokens);
        if (head.CachedTokens is { } cached)
        {
            json.WriteStartObject("prompt_tokens_details"u8);
            json.WriteNumber("cached_tokens"u8, cached);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteTimings(Utf8JsonWriter json, MockTimings? timings)
    {
        if (timings is null)
            return;

        json.WriteStartObject("timings"u8);
        json.WriteNumber("cache_n"u8, timings.CachedTokens);
        json.WriteNumber("prompt_n"u8, timings.PromptTokens);
        json.WriteNumber("prompt_ms"u8, timings.PromptMilliseconds);
        json.WriteNumber("predicted_per_second"u8, timings.PredictedPerSecond);
        json.WriteEndObject();
    }
}
