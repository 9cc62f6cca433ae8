using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Penstock.Backends.Echo;

/// <summary>Echo's answers, in the shapes of OpenAI's schemas.</summary>
internal static class EchoAnswers
{
    private const int EmbeddingSize = 16;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A whole chat completion.</summary>
    public static byte[] Chat(in EchoCall call, string content) => Json(call, (json, call) =>
    {
        Head(json, call, "chat.completion");
        json.WriteStartArray("choices"u8);
        json.WriteStartObject();
        json.WriteNumber("index"u8, 0);
        json.WriteStartObject("message"u8);
        json.WriteString("role"u8, "assistant"u8);
        json.WriteString("content"u8, content);
        json.WriteNull("refusal"u8);
        json.WriteEndObject();
        json.WriteNull("logprobs"u8);
        json.WriteString("finish_reason"u8, "stop"u8);
        json.WriteEndObject();
        json.WriteEndArray();
        Usage(json, call);
    });

    /// <summary>A chunk of a streamed chat completion: its role, a piece of content, or its finish.</summary>
    public static byte[] Chunk(in EchoCall call, string? role, string? content, bool isLast) => Json(call, (json, call) =>
    {
        Head(json, call, "chat.completion.chunk");
        json.WriteStartArray("choices"u8);
        json.WriteStartObject();
        json.WriteNumber("index"u8, 0);
        json.WriteStartObject("delta"u8);
        if (role is not null) json.WriteString("role"u8, role);
        if (content is not null) json.WriteString("content"u8, content);
        json.WriteEndObject();
        json.WriteNull("logprobs"u8);
        if (isLast) json.WriteString("finish_reason"u8, "stop"u8);
        else json.WriteNull("finish_reason"u8);
        json.WriteEndObject();
        json.WriteEndArray();
    });

    /// <summary>The chunk that only tells the usage.</summary>
    public static byte[] UsageChunk(in EchoCall call) => Json(call, static (json, call) =>
    {
        Head(json, call, "chat.completion.chunk");
        json.WriteStartArray("choices"u8);
        json.WriteEndArray();
        Usage(json, call);
    });

    /// <summary>A whole text completion, or a chunk of a streamed one.</summary>
    public static byte[] Text(in EchoCall call, string? text, bool isLast, bool withUsage) => Json(call, (json, call) =>
    {
        Head(json, call, "text_completion");
        json.WriteStartArray("choices"u8);
        if (text is not null)
        {
            json.WriteStartObject();
            json.WriteNumber("index"u8, 0);
            json.WriteString("text"u8, text);
            json.WriteNull("logprobs"u8);
            if (isLast) json.WriteString("finish_reason"u8, "stop"u8);
            else json.WriteNull("finish_reason"u8);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (withUsage) Usage(json, call);
    });

    /// <summary>A vector for each input, the same for the same text always.</summary>
    public static byte[] Embeddings(in EchoCall call, IReadOnlyList<string> inputs, int? dimensions, bool isBase64) => Json(call, (json, call) =>
    {
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        for (var i = 0; i < inputs.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "embedding"u8);
            json.WriteNumber("index"u8, i);
            WriteVector(json, Vector(inputs[i], dimensions ?? EmbeddingSize), isBase64);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("model"u8, call.Model);
        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, call.PromptWords);
        json.WriteNumber("total_tokens"u8, call.PromptWords);
        json.WriteEndObject();
    });

    private static void WriteVector(Utf8JsonWriter json, float[] vector, bool isBase64)
    {
        if (isBase64)
        {
            // Little-endian, whatever the machine is.
            var bytes = new byte[vector.Length * sizeof(float)];
            for (var i = 0; i < vector.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), vector[i]);
            json.WriteBase64String("embedding"u8, bytes);
            return;
        }

        json.WriteStartArray("embedding"u8);
        foreach (var component in vector) json.WriteNumberValue(component);
        json.WriteEndArray();
    }

    private static void Head(Utf8JsonWriter json, EchoCall call, string kind)
    {
        json.WriteString("id"u8, call.Id);
        json.WriteString("object"u8, kind);
        json.WriteNumber("created"u8, call.Created);
        json.WriteString("model"u8, call.Model);
    }

    private static void Usage(Utf8JsonWriter json, EchoCall call)
    {
        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, call.PromptWords);
        json.WriteNumber("completion_tokens"u8, call.CompletionWords);
        json.WriteNumber("total_tokens"u8, call.PromptWords + call.CompletionWords);
        json.WriteEndObject();
    }

    // Steps of a xorshift generator seeded by the text's FNV-1a hash, scaled to length 1, as embeddings are.
    private static float[] Vector(string text, int size)
    {
        var state = 14695981039346656037UL;
        foreach (var c in text) state = (state ^ c) * 1099511628211UL;
        var vector = new float[size];
        var square = 0.0;
        for (var i = 0; i < size; i++)
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            vector[i] = (float)((state >> 11) / (double)(1UL << 53) * 2 - 1);
            square += vector[i] * vector[i];
        }

        var scale = (float)(1 / Math.Sqrt(square));
        for (var i = 0; i < size; i++) vector[i] *= scale;
        return vector;
    }

    private static byte[] Json(in EchoCall call, Action<Utf8JsonWriter, EchoCall> write)
    {
        var output = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(output, Options))
        {
            json.WriteStartObject();
            write(json, call);
            json.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }
}
