using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Penstock.Protocol;

/// <summary>Strings as JSON tokens and back.</summary>
internal static class JsonText
{
    /// <summary>The string as a JSON string token, with its quotes, escaped where RFC 8259 demands it.</summary>
    public static byte[] Quote(string text)
    {
        // A lone surrogate becomes the replacement character on the way through UTF-8; from UTF-16 it would throw.
        var encoded = Ascii.IsValid(text)
            ? JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes
            : JsonEncodedText.Encode(Encoding.UTF8.GetBytes(text), JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes;
        var token = new byte[encoded.Length + 2];
        token[0] = token[^1] = (byte)'"';
        encoded.CopyTo(token.AsSpan(1));
        return token;
    }

    /// <summary>The value of a JSON string token (with its quotes) as UTF-16.</summary>
    /// <param name="token">A valid token: the reader has accepted it.</param>
    /// <param name="scratch">Where a short value is put; a longer one is allocated.</param>
    public static ReadOnlySpan<char> Unquote(ReadOnlySpan<byte> token, Span<char> scratch)
    {
        var text = token[1..^1];
        if (text.Length <= scratch.Length && !text.Contains((byte)'\\'))
            return scratch[..Encoding.UTF8.GetChars(text, scratch)];

        var reader = new Utf8JsonReader(token);
        reader.Read();
        return TryGetString(ref reader, out var value) ? value : Encoding.UTF8.GetString(text);
    }

    // A lone surrogate ("\ud800") is valid JSON and no valid text: such a value keeps its escapes.
    private static bool TryGetString(ref Utf8JsonReader reader, out string? value)
    {
        try
        {
            value = reader.GetString();
            return value is not null;
        }
        catch (InvalidOperationException)
        {
            value = null;
            return false;
        }
    }
}
