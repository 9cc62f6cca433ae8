using System.Buffers;
using System.Buffers.Text;

namespace Penstock.Admission.Jwt;

/// <summary>
/// Base64url as RFC 7515 has it: no padding, nothing but its 64 characters, and one spelling only for the same bytes. Otherwise
/// one signature had many texts.
/// </summary>
internal static class StrictBase64Url
{
    private const string Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private static readonly SearchValues<char> Alphabet = SearchValues.Create(Digits);

    public static bool IsAlphabet(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(Alphabet);

    /// <summary>The bytes; null where the text is not base64url.</summary>
    public static byte[]? Decode(ReadOnlySpan<char> text)
    {
        var tail = text.Length % 4;
        if (tail == 1 || !IsAlphabet(text)) return null;
        // The last character of two carries 2 bits, of three 4: what is below them must be zero.
        var unused = tail switch { 2 => 0b1111, 3 => 0b11, _ => 0 };
        if (unused != 0 && (Digits.IndexOf(text[^1], StringComparison.Ordinal) & unused) != 0) return null;
        return Base64Url.DecodeFromChars(text);
    }
}
