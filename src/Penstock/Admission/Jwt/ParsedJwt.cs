using System.Text;

namespace Penstock.Admission.Jwt;

/// <summary>A token taken apart. Nothing in it is true yet.</summary>
internal sealed class ParsedJwt
{
    /// <summary>8 KiB: what servers take for a header, and many times what tokens need.</summary>
    public const int MostChars = 8192;

    private ParsedJwt(JwtHeader header, StrictJson claims, byte[] signed, byte[] signature)
    {
        Header = header;
        Claims = claims;
        Signed = signed;
        Signature = signature;
    }

    public JwtHeader Header { get; }

    public StrictJson Claims { get; }

    /// <summary>The bytes that the signature is of.</summary>
    public byte[] Signed { get; }

    public byte[] Signature { get; }

    /// <summary>Whether a credential has the form of a token: three parts of base64url, of which the last may be empty.</summary>
    public static bool IsLike(ReadOnlySpan<char> credential) =>
        TrySplit(credential, out var header, out var claims, out var signature)
        && StrictBase64Url.IsAlphabet(header) && StrictBase64Url.IsAlphabet(claims) && StrictBase64Url.IsAlphabet(signature);

    /// <summary>Takes a token apart; null, and why, where it cannot be one that is good.</summary>
    public static ParsedJwt? Parse(ReadOnlySpan<char> token, out JwtFailure failure)
    {
        failure = JwtFailure.TooLong;
        if (token.Length > MostChars) return null;
        failure = JwtFailure.Malformed;
        if (!TrySplit(token, out var headerText, out var claimsText, out var signatureText) || signatureText.IsEmpty) return null;
        if (StrictBase64Url.Decode(headerText) is not { } headerBytes) return null;
        if (StrictBase64Url.Decode(claimsText) is not { } claimsBytes) return null;
        if (StrictBase64Url.Decode(signatureText) is not { } signature) return null;
        if (JwtHeader.Read(StrictJson.Parse(headerBytes), out failure) is not { } header) return null;
        failure = JwtFailure.BadClaims;
        if (StrictJson.Parse(claimsBytes) is not { } claims) return null;
        failure = JwtFailure.None;
        var signed = new byte[headerText.Length + 1 + claimsText.Length];
        Encoding.ASCII.GetBytes(token[..signed.Length], signed);
        return new ParsedJwt(header, claims, signed, signature);
    }

    private static bool TrySplit(
        ReadOnlySpan<char> token, out ReadOnlySpan<char> header, out ReadOnlySpan<char> claims, out ReadOnlySpan<char> signature)
    {
        header = claims = signature = default;
        var first = token.IndexOf('.');
        var last = token.LastIndexOf('.');
        if (first <= 0 || last <= first + 1) return false;
        header = token[..first];
        claims = token[(first + 1)..last];
        signature = token[(last + 1)..];
        // A third dot would be in the middle: encrypted tokens have four.
        return !claims.Contains('.');
    }
}
