using System.Security.Cryptography;

namespace Penstock.Admission.Jwt;

/// <summary>A public key of ECDSA on one of the curves of RFC 7518.</summary>
internal sealed class EcKey : VerificationKey
{
    private static readonly (string Name, ECCurve Curve, int Bytes)[] Curves =
    [
        ("P-256", ECCurve.NamedCurves.nistP256, 32),
        ("P-384", ECCurve.NamedCurves.nistP384, 48),
        ("P-521", ECCurve.NamedCurves.nistP521, 66),
    ];

    private readonly string _curve;
    private readonly int _bytes;
    private readonly ECParameters _parameters;

    private EcKey(string? id, SignatureAlgorithm? only, string curve, int bytes, ECParameters parameters)
        : base(id, only)
    {
        _curve = curve;
        _bytes = bytes;
        _parameters = parameters;
    }

    /// <summary>The key; null where the curve is not known, or the point not on it or not of its length (RFC 7518, 6.2.1.2).</summary>
    public static EcKey? Create(string? id, SignatureAlgorithm? only, string curve, byte[] x, byte[] y)
    {
        var known = Array.Find(Curves, c => c.Name == curve);
        if (known.Name is null || x.Length != known.Bytes || y.Length != known.Bytes) return null;
        var parameters = new ECParameters
        {
            Curve = known.Curve,
            Q = new ECPoint { X = x, Y = y },
        };
        try
        {
            using var probe = ECDsa.Create(parameters);
            return new EcKey(id, only, known.Name, known.Bytes, parameters);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    public override bool Verify(SignatureAlgorithm algorithm, ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != 2 * _bytes) return false;
        // Zeros satisfied some implementations for any text (CVE-2022-21449).
        if (!signature[.._bytes].ContainsAnyExcept((byte)0) || !signature[_bytes..].ContainsAnyExcept((byte)0)) return false;
        using var ecdsa = ECDsa.Create(_parameters);
        return ecdsa.VerifyData(signed, signature, algorithm.Hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    protected override bool IsOfType(SignatureAlgorithm algorithm) => algorithm.Curve == _curve;
}
