using System.Security.Cryptography;
using System.Text;
using Penstock.Admission.Jwt;
using Penstock.Configuration;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Admission.Jwt;

/// <summary>What has let forged tokens in elsewhere.</summary>
public sealed class JwtForgeryTests
{
    private const string Zeros32 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    // The public key is known to all. An implementation that takes the algorithm from the token verifies a HMAC with it.
    [Fact]
    public async Task Validate_PublicKeyAsSecret_IsRefused()
    {
        using var rsa = RSA.Create(2048);
        var parameters = rsa.ExportParameters(false);
        var jwk = TestKey.Rsa();
        using var rig = new JwtRig(null, jwk);
        byte[][] secrets =
        [
            Encoding.UTF8.GetBytes(jwk.Jwk),
            Encoding.UTF8.GetBytes(rsa.ExportSubjectPublicKeyInfoPem()),
            Encoding.UTF8.GetBytes(rsa.ExportRSAPublicKeyPem() + "\n"),
            rsa.ExportSubjectPublicKeyInfo(),
            parameters.Modulus!,
            [],
        ];

        foreach (var secret in secrets)
        {
            await rig.AssertRefusedAsync(JwtFailure.AlgorithmNotAllowed, TestKey.Hmac(secret, "rsa").Token(rig.Claims()));
            await rig.AssertRefusedAsync(JwtFailure.AlgorithmNotAllowed, TestKey.Hmac(secret).Token(rig.Claims()));
        }
    }

    [Fact]
    public async Task Validate_SymmetricKeyInTheSet_IsNoKey()
    {
        var published = TestKey.Hmac(new byte[32], "oct");
        using var rig = new JwtRig(config => config with { Algorithms = [JwtAlgorithm.RS256, JwtAlgorithm.HS256] }, published, TestKey.Rsa());

        await rig.AssertRefusedAsync(JwtFailure.UnknownKey, published.Token(rig.Claims()));
    }

    [Fact]
    public async Task Validate_SecretOfTheIssuer_IsForItAlone()
    {
        var secret = Encoding.UTF8.GetBytes("0123456789abcdef0123456789abcdef");
        using var rig = new JwtRig(config => config with { Secret = Encoding.UTF8.GetString(secret), JwksFile = null, Algorithms = [JwtAlgorithm.HS256] });

        await rig.AssertValidAsync(TestKey.Hmac(secret).Token(rig.Claims()));
        await rig.AssertValidAsync(TestKey.Hmac(secret, "any").Token(rig.Claims()));
        await rig.AssertRefusedAsync(JwtFailure.BadSignature, TestKey.Hmac(new byte[32]).Token(rig.Claims()));
        await rig.AssertRefusedAsync(JwtFailure.AlgorithmNotAllowed, TestKey.Rsa().Token(rig.Claims()));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("None")]
    [InlineData("NONE")]
    [InlineData("nOnE")]
    [InlineData("none ")]
    [InlineData("")]
    [InlineData("es256")]
    [InlineData("ES256K")]
    [InlineData("EdDSA")]
    [InlineData("HS384")]
    [InlineData("HS512")]
    [InlineData("0")]
    public async Task Validate_AlgorithmNoneOrOther_IsRefused(string algorithm)
    {
        using var rig = new JwtRig();
        var unsigned = $"{TestKey.Encode($$"""{"alg":"{{algorithm}}"}""")}.{TestKey.Encode(rig.Claims())}";

        await rig.AssertRefusedAsync(JwtFailure.Malformed, unsigned + ".");
        await rig.AssertRefusedAsync(JwtFailure.Malformed, unsigned);
        await rig.AssertRefusedAsync(JwtFailure.AlgorithmNotAllowed, unsigned + ".AA");
        await rig.AssertRefusedAsync(JwtFailure.AlgorithmNotAllowed, TestKey.Default.Token(rig.Claims(), $$"""{"alg":"{{algorithm}}","kid":"ec"}"""));
    }

    [Fact]
    public async Task Validate_KeyInTheHeader_IsNotUsed()
    {
        var forger = TestKey.Ec("forged");
        await using var server = ScriptedUpstream.Start();
        server.GetScript = Scripts.Json(200, JwtRig.JwksOf(forger));
        using var rig = new JwtRig();
        string[] headers =
        [
            $"\"jwk\":{forger.Jwk}",
            $"\"jku\":\"{server.Url}/keys\"",
            $"\"x5u\":\"{server.Url}/keys\"",
            "\"x5c\":[\"AA==\"]",
            $"\"jwk\":{forger.Jwk},\"jku\":\"{server.Url}/keys\"",
        ];

        foreach (var header in headers)
        {
            await rig.AssertRefusedAsync(JwtFailure.BadSignature, forger.Token(rig.Claims(), $$"""{"alg":"ES256",{{header}}}"""));
            await rig.AssertRefusedAsync(JwtFailure.BadSignature, forger.Token(rig.Claims(), $$"""{"alg":"ES256","kid":"ec",{{header}}}"""));
            await rig.AssertRefusedAsync(JwtFailure.UnknownKey, forger.Token(rig.Claims(), $$"""{"alg":"ES256","kid":"forged",{{header}}}"""));
        }

        Assert.Empty(server.Gets);
    }

    [Theory]
    [InlineData(Zeros32, Zeros32)]
    [InlineData(null, Zeros32)]
    [InlineData(Zeros32, null)]
    // The order of P-256, which is zero in its field.
    [InlineData("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE", "_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE")]
    [InlineData("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE", null)]
    public async Task Validate_EcdsaSignatureOfZeros_IsRefused(string? r, string? s)
    {
        using var rig = new JwtRig();
        var token = TestKey.Default.Token(rig.Claims());
        var dot = token.LastIndexOf('.');
        var real = StrictBase64Url.Decode(token.AsSpan(dot + 1))!;
        byte[] forged = [.. r is null ? real[..32] : StrictBase64Url.Decode(r)!, .. s is null ? real[32..] : StrictBase64Url.Decode(s)!];
        Assert.Equal(64, forged.Length);

        await rig.AssertRefusedAsync(JwtFailure.BadSignature, token[..(dot + 1)] + TestKey.Encode(forged));
    }

    [Fact]
    public async Task Validate_SignatureOfOtherForm_IsRefused()
    {
        using var rig = new JwtRig();
        var token = TestKey.Default.Token(rig.Claims());
        var dot = token.LastIndexOf('.');
        var real = StrictBase64Url.Decode(token.AsSpan(dot + 1))!;
        byte[] der = [0x30, 68, 2, 32, .. real[..32], 2, 32, .. real[32..]];

        await rig.AssertRefusedAsync(JwtFailure.BadSignature, token[..(dot + 1)] + TestKey.Encode(der));
        await rig.AssertRefusedAsync(JwtFailure.BadSignature, token[..(dot + 1)] + TestKey.Encode([.. real, .. real]));
        await rig.AssertRefusedAsync(JwtFailure.BadSignature, token[..(dot + 1)] + TestKey.Encode([0, .. real[..32], 0, .. real[32..]]));
        await rig.AssertRefusedAsync(JwtFailure.BadSignature, token[..(dot + 1)] + TestKey.Encode([.. real[32..], .. real[..32]]));
    }

    [Fact]
    public async Task Validate_Truncated_IsRefused()
    {
        using var rig = new JwtRig();
        var token = TestKey.Default.Token(rig.Claims());
        await rig.AssertValidAsync(token);

        for (var length = 0; length < token.Length; length++) Assert.False((await rig.ValidateAsync(token[..length])).IsValid);
        for (var start = 1; start < token.Length; start++) Assert.False((await rig.ValidateAsync(token[start..])).IsValid);
    }

    // Each of the four last characters that mean the same bytes to a careless decoder, and what people add.
    [Fact]
    public async Task Validate_OtherSpellingOfTheSameBytes_IsRefused()
    {
        const string Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        using var rig = new JwtRig();
        var token = TestKey.Default.Token(rig.Claims());
        var parts = token.Split('.');
        await rig.AssertValidAsync(token);

        // 64 bytes are 86 characters, of which the last has 2 bits.
        var last = Digits.IndexOf(token[^1], StringComparison.Ordinal);
        for (var stray = 1; stray < 16; stray++) await rig.AssertRefusedAsync(JwtFailure.Malformed, token[..^1] + Digits[last + stray]);
        foreach (var part in new[] { 0, 1, 2 })
        {
            foreach (var addition in new[] { "=", "==", " ", "\n", "\t", "\0", "%3D" })
            {
                var changed = parts.ToArray();
                changed[part] += addition;
                await rig.AssertRefusedAsync(JwtFailure.Malformed, string.Join('.', changed));
                changed[part] = addition + parts[part];
                await rig.AssertRefusedAsync(JwtFailure.Malformed, string.Join('.', changed));
            }
        }

        foreach (var other in new[] { "." + token, token + ".", token + ".AA", token.Replace(".", "..", StringComparison.Ordinal), token.Replace('.', ','), "" })
            await rig.AssertRefusedAsync(JwtFailure.Malformed, other);
    }

    [Fact]
    public async Task Validate_KidOfAnotherType_IsRefused()
    {
        var (ec, rsa) = (TestKey.Ec("one"), TestKey.Rsa("two"));
        using var rig = new JwtRig(null, ec, rsa);

        await rig.AssertRefusedAsync(JwtFailure.UnfitKey, ec.Token(rig.Claims(), """{"alg":"ES256","kid":"two"}"""));
        await rig.AssertRefusedAsync(JwtFailure.UnfitKey, rsa.Token(rig.Claims(), """{"alg":"RS256","kid":"one"}"""));
        await rig.AssertRefusedAsync(JwtFailure.UnfitKey, ec.Token(rig.Claims(), """{"alg":"ES384","kid":"one"}"""));
        await rig.AssertRefusedAsync(JwtFailure.UnknownKey, ec.Token(rig.Claims(), """{"alg":"ES256","kid":"../../dev/null"}"""));
        await rig.AssertRefusedAsync(JwtFailure.UnknownKey, ec.Token(rig.Claims(), """{"alg":"ES256","kid":""}"""));
        await rig.AssertRefusedAsync(JwtFailure.UnknownKey, ec.Token(rig.Claims(), """{"alg":"ES256","kid":"ONE"}"""));
        await rig.AssertRefusedAsync(JwtFailure.BadHeader, ec.Token(rig.Claims(), """{"alg":"ES256","kid":1}"""));
    }

    [Theory]
    [InlineData("""{"alg":"ES256","kid":"ec","alg":"none"}""")]
    [InlineData("""{"alg":"none","alg":"ES256","kid":"ec"}""")]
    [InlineData("""{"alg":"ES256","kid":"ec","\u0061lg":"none"}""")]
    [InlineData("""{"alg":"ES256","kid":"ec","x":{"a":1,"a":2}}""")]
    [InlineData("""{"alg":["ES256"],"kid":"ec"}""")]
    [InlineData("""{"Alg":"ES256","kid":"ec"}""")]
    [InlineData("""{"kid":"ec"}""")]
    [InlineData("""{"alg":null,"kid":"ec"}""")]
    [InlineData("""{"alg":"ES256","kid":"ec","typ":1}""")]
    [InlineData("""["ES256"]""")]
    [InlineData("""{"alg":"ES256","kid":"ec"}x""")]
    [InlineData("ES256")]
    [InlineData(" ")]
    public async Task Validate_BadHeader_IsRefused(string header)
    {
        using var rig = new JwtRig();

        await rig.AssertRefusedAsync(JwtFailure.BadHeader, TestKey.Default.Token(rig.Claims(), header));
    }

    [Theory]
    [InlineData(""","sub":"bob" """)]
    [InlineData(""","s\u0075b":"bob" """)]
    [InlineData(""","iss":"https://login.example.com" """)]
    [InlineData(""","exp":99999999999 """)]
    [InlineData(""","x":[{"a":1,"a":2}]""")]
    [InlineData(""","x":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]""")]
    [InlineData("}{")]
    [InlineData(",")]
    public async Task Validate_BadClaims_IsRefused(string more)
    {
        using var rig = new JwtRig();

        await rig.AssertRefusedAsync(JwtFailure.BadClaims, TestKey.Default.Token(rig.Claims(more)));
    }

    [Fact]
    public async Task Validate_ClaimsNotUtf8_IsRefused()
    {
        using var rig = new JwtRig();
        var claims = Encoding.Latin1.GetBytes(rig.Claims().Replace("alice", "\u00e9", StringComparison.Ordinal));

        await rig.AssertRefusedAsync(JwtFailure.BadClaims, TestKey.Default.TokenOf(TestKey.Encode("""{"alg":"ES256","kid":"ec"}"""), TestKey.Encode(claims)));
    }

    [Theory]
    [InlineData("""["exp"]""")]
    [InlineData("""["b64"],"b64":false""")]
    [InlineData("[]")]
    [InlineData("null")]
    public async Task Validate_Critical_IsRefused(string value)
    {
        using var rig = new JwtRig();

        await rig.AssertRefusedAsync(JwtFailure.CriticalHeader, TestKey.Default.Token(rig.Claims(), $$"""{"alg":"ES256","kid":"ec","crit":{{value}}}"""));
    }

    [Theory]
    [InlineData("JWT", nameof(JwtFailure.None))]
    [InlineData("jwt", nameof(JwtFailure.None))]
    [InlineData("at+jwt", nameof(JwtFailure.None))]
    [InlineData("AT+JWT", nameof(JwtFailure.None))]
    [InlineData("JOSE", nameof(JwtFailure.OtherType))]
    [InlineData("logout+jwt", nameof(JwtFailure.OtherType))]
    [InlineData("dpop+jwt", nameof(JwtFailure.OtherType))]
    [InlineData("", nameof(JwtFailure.OtherType))]
    public async Task Validate_Type_IsAToken(string type, string failure)
    {
        using var rig = new JwtRig();

        Assert.Equal(failure, (await rig.ValidateAsync(TestKey.Default.Token(rig.Claims(), $$"""{"alg":"ES256","kid":"ec","typ":"{{type}}"}"""))).Failure.ToString());
    }

    [Fact]
    public async Task Validate_Oversized_IsRefused()
    {
        using var rig = new JwtRig();
        // The token grows by 4 characters where its claims grow by 3.
        var length = TestKey.Default.Token(rig.Claims(",\"x\":\"\"")).Length;
        var padding = ((ParsedJwt.MostChars - length) / 4 * 3) - 3;
        var longest = TestKey.Default.Token(rig.Claims($",\"x\":\"{new string('x', padding)}\""));
        Assert.InRange(longest.Length, ParsedJwt.MostChars - 8, ParsedJwt.MostChars);

        await rig.AssertValidAsync(longest);
        await rig.AssertRefusedAsync(JwtFailure.TooLong, TestKey.Default.Token(rig.Claims($",\"x\":\"{new string('x', padding + 9)}\"")));
        await rig.AssertRefusedAsync(JwtFailure.TooLong, new string('.', 100_000));
    }

    // The claims of whoever cannot sign are not told apart: no one learns what would be taken.
    [Fact]
    public async Task Validate_ForgedAndExpired_SaysForged()
    {
        using var rig = new JwtRig();
        var claims = rig.Claims().Replace($"{rig.Now + 3600}", "1", StringComparison.Ordinal);

        await rig.AssertRefusedAsync(JwtFailure.Expired, TestKey.Default.Token(claims));
        await rig.AssertRefusedAsync(JwtFailure.BadSignature, TestKey.Ec().Token(claims));
    }

    [Theory]
    [InlineData("a.b.c", true)]
    [InlineData("a.b.", true)]
    [InlineData("eyJ.eyJ.x-_9", true)]
    [InlineData("", false)]
    [InlineData("pk-0123456789", false)]
    [InlineData("a.b", false)]
    [InlineData(".b.c", false)]
    [InlineData("a..c", false)]
    [InlineData("..", false)]
    [InlineData("a.b.c.d", false)]
    [InlineData("a.b.c=", false)]
    [InlineData("a.b c.d", false)]
    public void LooksLikeJwt_Credential_HasThreePartsOfBase64Url(string credential, bool looks) =>
        Assert.Equal(looks, JwtValidator.LooksLikeJwt(credential));
}
