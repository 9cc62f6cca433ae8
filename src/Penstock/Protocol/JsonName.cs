using System.Buffers.Text;
using System.Text.Json;

namespace Penstock.Protocol;

/// <summary>
/// Compares names and short strings with ours, which are ASCII. The framework's own comparison throws on a lone
/// surrogate ("\ud800"), which is valid JSON although it is no text; and a body may have a million of them.
/// </summary>
internal static class JsonName
{
    /// <summary>Whether the name or string that the reader stands on is this one, however it is escaped.</summary>
    public static bool Is(in this Utf8JsonReader reader, ReadOnlySpan<byte> ascii) =>
        reader.ValueIsEscaped ? IsEscaped(reader.ValueSpan, ascii) : reader.ValueSpan.SequenceEqual(ascii);

    /// <summary>Whether what stands between a token's quotes, with escapes in it, is this text.</summary>
    public static bool IsEscaped(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> ascii)
    {
        foreach (var expected in ascii)
        {
            if (raw.IsEmpty || Next(ref raw) != expected) return false;
        }

        return raw.IsEmpty;
    }

    /// <summary>
    /// Decodes a name that may be ASCII, or become it where letters are folded as Go's encoding/json folds them: it
    /// takes U+017F (ſ) for an s and U+212A (the Kelvin sign) for a k. Those two come out as capitals.
    /// </summary>
    /// <returns>How many bytes; -1 where it is not ASCII or does not fit.</returns>
    public static int Fold(ReadOnlySpan<byte> token, Span<byte> ascii)
    {
        var length = 0;
        while (!token.IsEmpty)
        {
            if (length == ascii.Length) return -1;
            var character = NextFolded(ref token);
            if (character > 0x7F) return -1;
            ascii[length++] = (byte)character;
        }

        return length;
    }

    private static int NextFolded(ref ReadOnlySpan<byte> token)
    {
        if (token.StartsWith("\u017F"u8))
        {
            token = token[2..];
            return 'S';
        }

        if (token.StartsWith("\u212A"u8))
        {
            token = token[3..];
            return 'K';
        }

        return Next(ref token) switch { 0x17F => 'S', 0x212A => 'K', var other => other };
    }

    // A byte of what is not escaped, or a UTF-16 unit of what is; in ASCII the two are the same. The reader has
    // checked the escapes.
    private static int Next(ref ReadOnlySpan<byte> token)
    {
        int character = token[0];
        if (character != '\\')
        {
            token = token[1..];
        }
        else if (token[1] == (byte)'u')
        {
            character = Utf8Parser.TryParse(token.Slice(2, 4), out ushort unit, out _, 'x') ? unit : char.MaxValue;
            token = token[6..];
        }
        else
        {
            character = token[1] switch
            {
                (byte)'b' => '\b', (byte)'f' => '\f', (byte)'n' => '\n', (byte)'r' => '\r', (byte)'t' => '\t', var same => same,
            };
            token = token[2..];
        }

        return character;
    }
}
