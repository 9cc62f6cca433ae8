using System.Security.Cryptography;
using System.Text;
using Penstock.Configuration;

namespace Penstock.Admission.Jwt;

/// <summary>The secret that an issuer shares with the gateway. It takes a token by whatever <c>kid</c>: there is only one.</summary>
internal sealed class SecretKey(byte[] secret) : VerificationKey(id: null, only: null)
{
    public SecretKey(string secret)
        : this(Encoding.UTF8.GetBytes(secret))
    {
    }

    public override bool Verify(SignatureAlgorithm algorithm, ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature)
    {
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(secret, signed, expected);
        return CryptographicOperations.FixedTimeEquals(expected, signature);
    }

    protected override bool IsOfType(SignatureAlgorithm algorithm) => algorithm.Id == JwtAlgorithm.HS256;
}
