namespace Penstock.Protocol;

/// <summary>A string in JSON text.</summary>
/// <param name="Token">Its place, quotes included.</param>
/// <param name="IsEscaped">Whether there is an escape in it, so that its text is not its bytes.</param>
internal readonly record struct JsonString(JsonSpan Token, bool IsEscaped)
{
    /// <summary>The bytes between the quotes.</summary>
    public ReadOnlySpan<byte> Raw(ReadOnlySpan<byte> json) => json.Slice(Token.Start + 1, Token.Length - 2);

    /// <summary>Whether it says this, escaped or not.</summary>
    public bool Is(ReadOnlySpan<byte> json, ReadOnlySpan<byte> text) => IsEscaped ? JsonName.IsEscaped(Raw(json), text) : Raw(json).SequenceEqual(text);
}
