using System.Collections.Frozen;
using System.Security.Cryptography;
using Penstock.Configuration;

namespace Penstock.Admission.Jwt;

/// <summary>What an algorithm of RFC 7518 is made of. What does not belong to it is null.</summary>
/// <param name="Id">Which it is.</param>
/// <param name="Hash">Its hash.</param>
/// <param name="Padding">The padding of RSA.</param>
/// <param name="Curve">The one curve of ECDSA, by its name in keys.</param>
internal sealed record SignatureAlgorithm(JwtAlgorithm Id, HashAlgorithmName Hash, RSASignaturePadding? Padding, string? Curve)
{
    public static readonly IReadOnlyList<SignatureAlgorithm> All =
    [
        new(JwtAlgorithm.RS256, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1, null),
        new(JwtAlgorithm.RS384, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1, null),
        new(JwtAlgorithm.RS512, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1, null),
        new(JwtAlgorithm.PS256, HashAlgorithmName.SHA256, RSASignaturePadding.Pss, null),
        new(JwtAlgorithm.PS384, HashAlgorithmName.SHA384, RSASignaturePadding.Pss, null),
        new(JwtAlgorithm.PS512, HashAlgorithmName.SHA512, RSASignaturePadding.Pss, null),
        new(JwtAlgorithm.ES256, HashAlgorithmName.SHA256, null, "P-256"),
        new(JwtAlgorithm.ES384, HashAlgorithmName.SHA384, null, "P-384"),
        new(JwtAlgorithm.ES512, HashAlgorithmName.SHA512, null, "P-521"),
        new(JwtAlgorithm.HS256, HashAlgorithmName.SHA256, null, null),
    ];

    private static readonly FrozenDictionary<string, SignatureAlgorithm> ByName =
        All.ToFrozenDictionary(algorithm => algorithm.Id.ToString(), StringComparer.Ordinal);

    /// <summary>The algorithm of that name, in the very letters; null where it is not known, as "none" is not.</summary>
    public static SignatureAlgorithm? Find(string name) => ByName.GetValueOrDefault(name);
}
