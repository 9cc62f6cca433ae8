namespace Penstock.Admission.Jwt;

/// <summary>A key that verifies signatures. Safe for many threads.</summary>
/// <param name="id">Its <c>kid</c>; null: it has none.</param>
/// <param name="only">The one algorithm that it is for; null: all that fit its type.</param>
internal abstract class VerificationKey(string? id, SignatureAlgorithm? only)
{
    public string? Id => id;

    /// <summary>Whether the key may be used with an algorithm: its type, its curve and what it says itself.</summary>
    public bool Fits(SignatureAlgorithm algorithm) => (only is null || only == algorithm) && IsOfType(algorithm);

    /// <summary>Whether the signature is this key's. The algorithm must fit.</summary>
    public abstract bool Verify(SignatureAlgorithm algorithm, ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature);

    protected abstract bool IsOfType(SignatureAlgorithm algorithm);
}
