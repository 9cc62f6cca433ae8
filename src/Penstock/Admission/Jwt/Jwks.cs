namespace Penstock.Admission.Jwt;

/// <summary>The keys of an issuer. Immutable: what was found good with one set of keys is known to be so by this instance only.</summary>
internal sealed class Jwks(IReadOnlyList<VerificationKey> keys)
{
    // Reading a key costs a check of its point: a set must not cost seconds.
    private const int MostKeys = 256;

    public int Count => keys.Count;

    /// <summary>Reads a JWK set; null where it is none. Keys that cannot be used are left out (RFC 7517, section 5).</summary>
    public static Jwks? Parse(ReadOnlySpan<byte> utf8)
    {
        if (StrictJson.Parse(utf8)?.Objects("keys") is not { Count: <= MostKeys } members) return null;
        return new Jwks([.. members.Select(JwkReader.Read).OfType<VerificationKey>()]);
    }

    /// <summary>The key that a token names, or, where it names none, the only one that fits; null, and why, where there is none.</summary>
    public VerificationKey? Find(string? id, SignatureAlgorithm algorithm, out JwtFailure failure)
    {
        VerificationKey? found = null;
        failure = JwtFailure.UnknownKey;
        foreach (var key in keys)
        {
            if (id is not null && key is not SecretKey && key.Id != id) continue;
            if (!key.Fits(algorithm))
            {
                if (id is not null && failure == JwtFailure.UnknownKey) failure = JwtFailure.UnfitKey;
                continue;
            }

            if (found is not null)
            {
                failure = JwtFailure.AmbiguousKey;
                return null;
            }

            found = key;
        }

        if (found is not null) failure = JwtFailure.None;
        return found;
    }
}
