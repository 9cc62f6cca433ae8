namespace Penstock.Admission.Jwt;

/// <summary>
/// What counts of a token's header (RFC 7515, section 4). What says where a key is (<c>jwk</c>, <c>jku</c>, <c>x5u</c>,
/// <c>x5c</c>) does not: whoever forges a token writes it.
/// </summary>
/// <param name="Algorithm">What it says that it is signed with.</param>
/// <param name="KeyId">Its <c>kid</c>; null: it has none.</param>
internal sealed record JwtHeader(SignatureAlgorithm Algorithm, string? KeyId)
{
    /// <summary>Reads it; null, and why, where a token with it is not taken.</summary>
    public static JwtHeader? Read(StrictJson? json, out JwtFailure failure)
    {
        failure = JwtFailure.BadHeader;
        if (json is null || !json.TryString("alg", out var name) || name is null) return null;
        if (!json.TryString("kid", out var keyId) || !json.TryString("typ", out var type)) return null;
        failure = JwtFailure.CriticalHeader;
        if (json.Has("crit")) return null;
        failure = JwtFailure.OtherType;
        if (type is not null && !IsToken(type)) return null;
        failure = JwtFailure.AlgorithmNotAllowed;
        if (SignatureAlgorithm.Find(name) is not { } algorithm) return null;
        failure = JwtFailure.None;
        return new JwtHeader(algorithm, keyId);
    }

    // Types are media types, whose case does not matter (RFC 7515, 4.1.9). A token of another type is for something else (RFC 8725, 3.11).
    private static bool IsToken(string type) =>
        type.Equals("JWT", StringComparison.OrdinalIgnoreCase) || type.Equals("at+jwt", StringComparison.OrdinalIgnoreCase);
}
