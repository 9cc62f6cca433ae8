namespace Penstock.Protocol;

/// <summary>A string in JSON text.</summary>
/// <param name="Token">Its place, quotes included.</param>
/// <param name="IsEscaped">Whether there is an escape in it, so that its text is not its bytes.</param>
internal readonly record struct JsonString(JsonSpan Token, bool IsEscaped)
{
    /// <summary>The bytes between the quotes.</summary>
    public ReadOnlySpan<byte> Raw(ReadOnlySpan<byte> json) => json.Slice(Token.Start + 1, Token.Length - 2);

    /// <summary>Whether it says this, escaped or not.</summary>
    public bool Is(ReadOnlySpan<byte> json, ReadOnlySpan<byte> text) => IsEscaped ? IsUnescaped(json, text) : Raw(json).SequenceEqual(text);

    // An escape is six bytes at most for one of the text's, and what is compared with is one of our own short names.
    private bool IsUnescaped(ReadOnlySpan<byte> json, ReadOnlySpan<byte> text)
    {
        if (Token.Length - 2 > text.Length * 6) return false;
        Span<byte> scratch = stackalloc byte[256];
        return JsonText.TryUnescape(Token.Of(json), scratch, out var length) && scratch[..length].SequenceEqual(text);
    }
}
