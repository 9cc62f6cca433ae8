using System.Numerics;
using System.Security.Cryptography;

namespace Penstock.Admission.Jwt;

/// <summary>A public key of RSA, of 2048 to 8192 bits.</summary>
internal sealed class RsaKey : VerificationKey
{
    private const long LeastBits = 2048;

    // A modulus of any size would let an issuer's mistake cost seconds a request.
    private const long MostBits = 8192;
    private const int MostExponentBytes = 8;

    private readonly RSAParameters _parameters;

    private RsaKey(string? id, SignatureAlgorithm? only, RSAParameters parameters)
        : base(id, only) => _parameters = parameters;

    /// <summary>The key; null where the numbers, big-endian, are none, or too weak a one.</summary>
    public static RsaKey? Create(string? id, SignatureAlgorithm? only, ReadOnlySpan<byte> modulus, ReadOnlySpan<byte> exponent)
    {
        // Leading zeros would pass a short key off as a long one.
        modulus = modulus.TrimStart((byte)0);
        exponent = exponent.TrimStart((byte)0);
        if (exponent.Length is 0 or > MostExponentBytes || modulus.IsEmpty || modulus.Length * 8L > MostBits) return null;
        var e = new BigInteger(exponent, isUnsigned: true, isBigEndian: true);
        var n = new BigInteger(modulus, isUnsigned: true, isBigEndian: true);
        if (n.GetBitLength() < LeastBits || n.IsEven || e.IsEven || e < 3) return null;
        var parameters = new RSAParameters { Modulus = modulus.ToArray(), Exponent = exponent.ToArray() };
        try
        {
            using var probe = RSA.Create(parameters);
            return new RsaKey(id, only, parameters);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    // The instance is made for each signature: it is not safe for several threads, and what makes it (30 µs) is paid only for
    // a token that was not seen before.
    public override bool Verify(SignatureAlgorithm algorithm, ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != _parameters.Modulus!.Length) return false;
        using var rsa = RSA.Create(_parameters);
        return rsa.VerifyData(signed, signature, algorithm.Hash, algorithm.Padding!);
    }

    protected override bool IsOfType(SignatureAlgorithm algorithm) => algorithm.Padding is not null;
}
