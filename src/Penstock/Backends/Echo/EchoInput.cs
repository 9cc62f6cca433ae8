using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Penstock.Protocol;

namespace Penstock.Backends.Echo;

/// <summary>Reads <c>prompt</c> and <c>input</c>: a string, an array of strings, or tokens as numbers, which are echoed as such.</summary>
internal static class EchoInput
{
    private const int MostDimensions = 4096;

    public static bool TryRead(
        ReadOnlySpan<byte> body, string name, out List<string> texts, [NotNullWhen(false)] out ApiError? error)
    {
        texts = [];
        error = null;
        var reader = new Utf8JsonReader(body);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isIt = reader.ValueTextEquals(name);
            reader.Read();
            if (!isIt)
            {
                reader.Skip();
                continue;
            }

            if (TryReadValue(ref reader, texts)) return true;
            error = Errors.InvalidType(name, "a string, an array of strings or an array of tokens");
            return false;
        }

        error = Errors.MissingParameter(name);
        return false;
    }

    public static bool TryReadDimensions(ReadOnlyMemory<byte> body, out int? dimensions, [NotNullWhen(false)] out ApiError? error)
    {
        dimensions = null;
        error = null;
        using var json = JsonDocument.Parse(body);
        if (!json.RootElement.TryGetProperty("dimensions", out var value) || value.ValueKind == JsonValueKind.Null) return true;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number is >= 1 and <= MostDimensions)
        {
            dimensions = number;
            return true;
        }

        error = Errors.InvalidValue("dimensions", $"it must be an integer from 1 to {MostDimensions}");
        return false;
    }

    /// <summary>Whether vectors are wanted as base64 of their floats, as OpenAI's own clients want them.</summary>
    public static bool WantsBase64(ReadOnlyMemory<byte> body)
    {
        using var json = JsonDocument.Parse(body);
        return json.RootElement.TryGetProperty("encoding_format", out var value) && value.ValueKind == JsonValueKind.String
            && value.ValueEquals("base64"u8);
    }

    private static bool TryReadValue(ref Utf8JsonReader reader, List<string> texts)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            texts.Add(EchoText.TextOf(ref reader));
            return true;
        }

        if (reader.TokenType != JsonTokenType.StartArray) return false;
        var tokens = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.String) texts.Add(EchoText.TextOf(ref reader));
            else if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var token)) tokens.Add(token);
            else if (reader.TokenType != JsonTokenType.StartArray || !TryReadValue(ref reader, texts)) return false;
        }

        if (tokens.Count > 0) texts.Add(string.Join(' ', tokens));
        return texts.Count > 0;
    }
}
