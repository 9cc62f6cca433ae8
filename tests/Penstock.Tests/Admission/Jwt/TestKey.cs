using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Penstock.Configuration;

namespace Penstock.Tests.Admission.Jwt;

/// <summary>A key pair of an issuer of tests, or a secret: signs tokens, and says its public part as a JWK.</summary>
internal sealed class TestKey(JwtAlgorithm algorithm, string? id, string jwkMembers, Func<byte[], byte[]> sign)
{
    /// <summary>Kept, because making a pair of RSA takes long.</summary>
    private static readonly Lazy<RSA> RsaPair = new(() => RSA.Create(2048));

    public static TestKey Default { get; } = Ec();

    public JwtAlgorithm Algorithm => algorithm;

    /// <summary>Like <c>{"kty":"EC",…}</c>.</summary>
    public string Jwk { get; } = "{" + (id is null ? "" : $"\"kid\":\"{id}\",") + jwkMembers + "}";

    /// <summary>A pair of its own for ES256, ES384 or ES512.</summary>
    public static TestKey Ec(string? id = "ec", JwtAlgorithm algorithm = JwtAlgorithm.ES256, string more = "")
    {
        var (curve, name, hash) = algorithm switch
        {
            JwtAlgorithm.ES256 => (ECCurve.NamedCurves.nistP256, "P-256", HashAlgorithmName.SHA256),
            JwtAlgorithm.ES384 => (ECCurve.NamedCurves.nistP384, "P-384", HashAlgorithmName.SHA384),
            _ => (ECCurve.NamedCurves.nistP521, "P-521", HashAlgorithmName.SHA512),
        };
        var pair = ECDsa.Create(curve);
        var q = pair.ExportParameters(false).Q;
        return new TestKey(algorithm, id, $"\"kty\":\"EC\",\"crv\":\"{name}\",\"x\":\"{Encode(q.X!)}\",\"y\":\"{Encode(q.Y!)}\"{more}", data => pair.SignData(data, hash));
    }

    /// <summary>The one pair of 2048 bits that all tests share, or one of another length.</summary>
    public static TestKey Rsa(string? id = "rsa", JwtAlgorithm algorithm = JwtAlgorithm.RS256, int bits = 2048, string more = "")
    {
        var pair = bits == 2048 ? RsaPair.Value : RSA.Create(bits);
        var name = algorithm.ToString();
        var padding = name[0] == 'P' ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;
        var (n, e) = (pair.ExportParameters(false).Modulus!, pair.ExportParameters(false).Exponent!);
        return new TestKey(algorithm, id, $"\"kty\":\"RSA\",\"n\":\"{Encode(n)}\",\"e\":\"{Encode(e)}\"{more}",
            data => pair.SignData(data, new HashAlgorithmName("SHA" + name[2..]), padding));
    }

    public static TestKey Hmac(byte[] secret, string? id = null) => new(
        JwtAlgorithm.HS256, id, $"\"kty\":\"oct\",\"k\":\"{Encode(secret)}\"", data => HMACSHA256.HashData(secret, data));

    public static TestKey For(JwtAlgorithm algorithm) => algorithm.ToString()[0] == 'E' ? Ec(algorithm: algorithm) : Rsa(algorithm: algorithm);

    public static string Encode(byte[] bytes) => Base64Url.EncodeToString(bytes);

    public static string Encode(string text) => Encode(Encoding.UTF8.GetBytes(text));

    /// <summary>A token with these claims, signed.</summary>
    /// <param name="claims">Their JSON.</param>
    /// <param name="header">Its JSON; null: algorithm and id.</param>
    public string Token(string claims, string? header = null) => TokenOf(Encode(header ?? Header), Encode(claims));

    /// <summary>The same of parts that are encoded already.</summary>
    public string TokenOf(string header, string claims) =>
        $"{header}.{claims}.{Encode(sign(Encoding.ASCII.GetBytes($"{header}.{claims}")))}";

    private string Header => id is null ? $$"""{"alg":"{{algorithm}}"}""" : $$"""{"alg":"{{algorithm}}","kid":"{{id}}"}""";
}
