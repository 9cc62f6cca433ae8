namespace Penstock.Admission.Jwt;

/// <summary>Reads a JSON Web Key (RFC 7517; RFC 7518, section 6).</summary>
internal static class JwkReader
{
    /// <summary>
    /// The public key; null where it is none that may verify signatures here: of another type, for another use, too weak, or wrong.
    /// A symmetric key is never one: what is published is no secret.
    /// </summary>
    public static VerificationKey? Read(StrictJson jwk)
    {
        if (!jwk.TryString("kty", out var type) || !jwk.TryString("kid", out var id) || !MayVerify(jwk)) return null;
        if (!jwk.TryString("alg", out var name)) return null;
        var only = name is null ? null : SignatureAlgorithm.Find(name);
        if (name is not null && only is null) return null;
        return type switch
        {
            "RSA" => ReadRsa(jwk, id, only),
            "EC" => ReadEc(jwk, id, only),
            _ => null,
        };
    }

    private static bool MayVerify(StrictJson jwk) =>
        jwk.TryString("use", out var use) && use is null or "sig"
        && jwk.TryStrings("key_ops", out var operations) && (operations is null || operations.Contains("verify"));

    private static RsaKey? ReadRsa(StrictJson jwk, string? id, SignatureAlgorithm? only)
    {
        if (Bytes(jwk, "n") is not { } modulus || Bytes(jwk, "e") is not { } exponent) return null;
        return RsaKey.Create(id, only, modulus, exponent);
    }

    private static EcKey? ReadEc(StrictJson jwk, string? id, SignatureAlgorithm? only)
    {
        if (!jwk.TryString("crv", out var curve) || curve is null) return null;
        if (Bytes(jwk, "x") is not { } x || Bytes(jwk, "y") is not { } y) return null;
        return EcKey.Create(id, only, curve, x, y);
    }

    private static byte[]? Bytes(StrictJson jwk, string name) =>
        jwk.TryString(name, out var text) && text is not null ? StrictBase64Url.Decode(text) : null;
}
