using System.Diagnostics.CodeAnalysis;
using System.Text;
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
        if (!TryFind(ref reader, name)) error = Errors.MissingParameter(name);
        else if (!TryReadValue(ref reader, texts)) error = Errors.InvalidType(name, "a string, an array of strings or an array of tokens");
        return error is null;
    }

    public static bool TryReadDimensions(ReadOnlySpan<byte> body, out int? dimensions, [NotNullWhen(false)] out ApiError? error)
    {
        dimensions = null;
        error = null;
        var reader = new Utf8JsonReader(body);
        if (!TryFind(ref reader, "dimensions") || reader.TokenType == JsonTokenType.Null) return true;
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number) && number is >= 1 and <= MostDimensions)
        {
            dimensions = number;
            return true;
        }

        error = Errors.InvalidValue("dimensions", $"it must be an integer from 1 to {MostDimensions}");
        return false;
    }

    /// <summary>Whether vectors are wanted as base64 of their floats, as OpenAI's own clients want them.</summary>
    public static bool WantsBase64(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        return TryFind(ref reader, "encoding_format") && reader.TokenType == JsonTokenType.String && reader.Is("base64"u8);
    }

    // Leaves the reader on the value of a top-level field.
    private static bool TryFind(ref Utf8JsonReader reader, string name)
    {
        var utf8 = Encoding.UTF8.GetBytes(name);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isIt = reader.Is(utf8);
            reader.Read();
            if (isIt) return true;
            reader.Skip();
        }

        return false;
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
