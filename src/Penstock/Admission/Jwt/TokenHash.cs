using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Penstock.Admission.Jwt;

/// <summary>The SHA-256 of a token. Tokens themselves are not kept.</summary>
internal readonly record struct TokenHash(ulong A, ulong B, ulong C, ulong D)
{
    /// <summary>False: it is not ASCII, and so no token, or longer than one.</summary>
    public static bool TryOf(ReadOnlySpan<char> token, out TokenHash hash)
    {
        hash = default;
        if (token.Length > ParsedJwt.MostChars) return false;
        // Most tokens are shorter than the first; both are small beside a stack.
        return token.Length <= 1024 ? TryOf(token, stackalloc byte[1024], out hash) : TryOf(token, stackalloc byte[ParsedJwt.MostChars], out hash);
    }

    // Any part of a good hash is one.
    public override int GetHashCode() => (int)A;

    private static bool TryOf(ReadOnlySpan<char> token, Span<byte> ascii, out TokenHash hash)
    {
        hash = default;
        if (Ascii.FromUtf16(token, ascii, out var written) != System.Buffers.OperationStatus.Done) return false;
        SHA256.HashData(ascii[..written], MemoryMarshal.AsBytes(new Span<TokenHash>(ref hash)));
        return true;
    }
}
