using System.Runtime.InteropServices;
using System.Text.Json;

namespace Penstock.Server.Mock;

/// <summary><c>POST /v1/embeddings</c>: the same vector for the same text, as numbers or as base64.</summary>
internal sealed class EmbeddingEndpoint(MockFaults faults)
{
    private const int DefaultDimensions = 16;
    private const int MaxDimensions = 8192;

    public async Task HandleAsync(HttpContext context)
    {
        var (document, error) = await JsonBody.ReadAsync(context);
        using (document)
        {
            error ??= faults.Next() ?? Validate(document!.RootElement);
            if (error is not null)
                await error.WriteAsync(context);
            else
                await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, json => Write(json, document!.RootElement));
        }
    }

    private static MockError? Validate(JsonElement body)
    {
        if (!body.TryGetProperty("input"u8, out var input)
            || input.ValueKind is not (JsonValueKind.String or JsonValueKind.Array))
            return MockError.InvalidType("input", "a string or an array");

        if (body.TryGetProperty("dimensions"u8, out var dimensions)
            && !(dimensions.ValueKind == JsonValueKind.Number
                && dimensions.TryGetInt32(out var count) && count is > 0 and <= MaxDimensions))
            return MockError.InvalidType("dimensions", $"a whole number from 1 to {MaxDimensions}");

        return null;
    }

    private static void Write(Utf8JsonWriter json, JsonElement body)
    {
        var input = body.GetProperty("input"u8);
        var vector = new float[body.TryGetProperty("dimensions"u8, out var n) ? n.GetInt32() : DefaultDimensions];
        var base64 = body.TryGetProperty("encoding_format"u8, out var format) && format.ValueEquals("base64"u8);

        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        if (IsBatch(input))
        {
            var index = 0;
            foreach (var element in input.EnumerateArray())
                WriteVector(json, element, index++, vector, base64);
        }
        else
        {
            WriteVector(json, input, 0, vector, base64);
        }

        json.WriteEndArray();
        json.WriteString("model"u8, JsonBody.ModelOf(body));
        json.WriteStartObject("usage"u8);
        var tokens = Words.Count(input);
        json.WriteNumber("prompt_tokens"u8, tokens);
        json.WriteNumber("total_tokens"u8, tokens);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    // An array of numbers is one text, already cut into tokens.
    private static bool IsBatch(JsonElement input) =>
        input.ValueKind == JsonValueKind.Array
        && (input.GetArrayLength() == 0 || input[0].ValueKind != JsonValueKind.Number);

    private static void WriteVector(Utf8JsonWriter json, JsonElement text, int index, float[] vector, bool base64)
    {
        EmbeddingVector.Fill(vector, JsonMarshal.GetRawUtf8Value(text));
        json.WriteStartObject();
        json.WriteString("object"u8, "embedding"u8);
        json.WriteNumber("index"u8, index);
        if (base64)
        {
            json.WriteBase64String("embedding"u8, MemoryMarshal.AsBytes(vector.AsSpan()));
        }
        else
        {
            json.WriteStartArray("embedding"u8);
            foreach (var value in vector)
                json.WriteNumberValue(value);

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}
