using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Penstock.Protocol;

/// <summary>Strings as JSON tokens and back.</summary>
internal static class JsonText
{
    // What a string token takes as it is, of ASCII.
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        Enumerable.Range(0x20, 0x5F).Select(c => (char)c).Where(c => c is not ('"' or '\\')).ToArray());

    /// <summary>The string as a JSON string token, with its quotes, escaped where RFC 8259 demands it.</summary>
    public static byte[] Quote(string text)
    {
        if (text.AsSpan().ContainsAnyExcept(Plain)) return QuoteEscaped(text);
        var token = new byte[text.Length + 2];
        token[0] = token[^1] = (byte)'"';
        Encoding.ASCII.GetBytes(text, token.AsSpan(1));
        return token;
    }

    /// <summary>The value of a JSON string token (with its quotes) as UTF-16.</summary>
    /// <param name="token">A valid token: a cursor has passed it.</param>
    /// <param name="scratch">Where a short value is put; a longer one is allocated.</param>
    public static ReadOnlySpan<char> Unquote(ReadOnlySpan<byte> token, Span<char> scratch)
    {
        var text = token[1..^1];
        if (!text.Contains((byte)'\\'))
            return text.Length <= scratch.Length ? scratch[..Encoding.UTF8.GetChars(text, scratch)] : Encoding.UTF8.GetString(text);

        Span<byte> utf8 = text.Length <= 512 ? stackalloc byte[512] : new byte[text.Length];
        // A lone surrogate ("\ud800") is valid JSON and no text: such a value keeps its escapes.
        return TryUnescape(token, utf8, out var length) ? Encoding.UTF8.GetString(utf8[..length]) : Encoding.UTF8.GetString(text);
    }

    private static byte[] QuoteEscaped(string text)
    {
        // A lone surrogate becomes the replacement character on the way through UTF-8; from UTF-16 it would throw.
        var encoded = JsonEncodedText.Encode(Encoding.UTF8.GetBytes(text), JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes;
        return [(byte)'"', .. encoded, (byte)'"'];
    }

    /// <summary>Puts a string token's text into <paramref name="destination"/>. False where it does not fit or is no text.</summary>
    public static bool TryUnescape(ReadOnlySpan<byte> token, Span<byte> destination, out int length)
    {
        length = 0;
        if (token.Length - 2 > destination.Length) return false;
        var reader = new Utf8JsonReader(token);
        reader.Read();
        try
        {
            length = reader.CopyString(destination);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
