using Penstock.Admission.Jwt;
using Penstock.Configuration;
using Xunit;

namespace Penstock.Tests.Admission.Jwt;

/// <summary>Which key verifies what.</summary>
public sealed class JwtKeysTests
{
    public static TheoryData<string> Algorithms => [.. Enum.GetNames<JwtAlgorithm>().Where(name => name != "HS256")];

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task Validate_EachAlgorithm_IsTakenWhereItIsOnTheList(string name)
    {
        var algorithm = Enum.Parse<JwtAlgorithm>(name);
        var key = TestKey.For(algorithm);
        using var listed = new JwtRig(config => config with { Algorithms = [algorithm] }, key);
        using var others = new JwtRig(config => config with { Algorithms = [.. config.Algorithms.Where(other => other != algorithm)] }, key);

        await listed.AssertValidAsync(key.Token(listed.Claims()));
        await others.AssertRefusedAsync(JwtFailure.AlgorithmNotAllowed, key.Token(others.Claims()));
    }

    // PKCS#1 and PSS by the same key, and each hash: what is signed by one is not taken for the other.
    [Fact]
    public async Task Validate_SignedByOtherAlgorithmThanSaid_IsRefused()
    {
        using var rig = new JwtRig(null, TestKey.Rsa());
        foreach (var said in new[] { "RS256", "RS384", "RS512", "PS256", "PS384", "PS512" })
        {
            foreach (var used in new[] { JwtAlgorithm.RS256, JwtAlgorithm.RS512, JwtAlgorithm.PS256, JwtAlgorithm.PS512 })
            {
                var token = TestKey.Rsa(algorithm: used).Token(rig.Claims(), $$"""{"alg":"{{said}}","kid":"rsa"}""");
                Assert.Equal(said == used.ToString() ? JwtFailure.None : JwtFailure.BadSignature, (await rig.ValidateAsync(token)).Failure);
            }
        }
    }

    [Fact]
    public async Task Validate_NoKid_TakesTheOnlyKeyThatFits()
    {
        var (ec, rsa) = (TestKey.Ec("a"), TestKey.Rsa("b"));
        using var rig = new JwtRig(null, ec, rsa);
        var token = ec.Token(rig.Claims(), """{"alg":"ES256"}""");

        await rig.AssertValidAsync(token);
        rig.Write(ec, rsa, TestKey.Ec("c"));
        rig.Time.Advance(TimeSpan.FromSeconds(2));
        await rig.AssertRefusedAsync(JwtFailure.AmbiguousKey, token);
        await rig.AssertRefusedAsync(JwtFailure.UnknownKey, TestKey.Ec(null, JwtAlgorithm.ES384).Token(rig.Claims()));
    }

    [Fact]
    public async Task Validate_KidOfSeveralKeys_TakesTheOneThatFits()
    {
        var (ec, rsa) = (TestKey.Ec("same"), TestKey.Rsa("same"));
        using var rig = new JwtRig(null, ec, rsa);

        await rig.AssertValidAsync(ec.Token(rig.Claims()));
        await rig.AssertValidAsync(rsa.Token(rig.Claims()));
        rig.Write(ec, rsa, TestKey.Ec("same"));
        rig.Time.Advance(TimeSpan.FromSeconds(2));
        await rig.AssertRefusedAsync(JwtFailure.AmbiguousKey, ec.Token(rig.Claims()));
        await rig.AssertValidAsync(rsa.Token(rig.Claims()));
    }

    [Theory]
    [InlineData("", nameof(JwtFailure.None))]
    [InlineData(",\"use\":\"sig\",\"key_ops\":[\"verify\"],\"alg\":\"ES256\"", nameof(JwtFailure.None))]
    [InlineData(",\"key_ops\":[\"sign\",\"verify\"]", nameof(JwtFailure.None))]
    [InlineData(",\"unknown\":{}", nameof(JwtFailure.None))]
    [InlineData(",\"alg\":\"ES384\"", nameof(JwtFailure.UnfitKey))]
    [InlineData(",\"alg\":\"RS256\"", nameof(JwtFailure.UnfitKey))]
    [InlineData(",\"alg\":\"ECDH-ES\"", nameof(JwtFailure.UnknownKey))]
    [InlineData(",\"alg\":1", nameof(JwtFailure.UnknownKey))]
    [InlineData(",\"use\":\"enc\"", nameof(JwtFailure.UnknownKey))]
    [InlineData(",\"use\":[\"sig\"]", nameof(JwtFailure.UnknownKey))]
    [InlineData(",\"key_ops\":[\"sign\"]", nameof(JwtFailure.UnknownKey))]
    [InlineData(",\"key_ops\":[]", nameof(JwtFailure.UnknownKey))]
    [InlineData(",\"key_ops\":[1]", nameof(JwtFailure.UnknownKey))]
    public async Task Validate_KeyThatSaysWhatItIsFor_IsUsedForThatOnly(string more, string failure)
    {
        var key = TestKey.Ec(more: more);
        using var rig = new JwtRig(null, key);

        Assert.Equal(failure, (await rig.ValidateAsync(key.Token(rig.Claims()))).Failure.ToString());
    }

    [Theory]
    [InlineData(1024, nameof(JwtFailure.UnknownKey))]
    [InlineData(2040, nameof(JwtFailure.UnknownKey))]
    [InlineData(2048, nameof(JwtFailure.None))]
    public async Task Validate_RsaKey_HasAtLeast2048Bits(int bits, string failure)
    {
        var key = TestKey.Rsa(bits: bits);
        using var rig = new JwtRig(null, key);

        Assert.Equal(failure, (await rig.ValidateAsync(key.Token(rig.Claims()))).Failure.ToString());
    }

    [Fact]
    public void RsaKey_WeakOrWrongNumbers_IsNone()
    {
        byte[] odd = [0x80, .. new byte[254], 1];
        byte[] exponent = [1, 0, 1];

        Assert.NotNull(RsaKey.Create(null, null, odd, exponent));
        Assert.NotNull(RsaKey.Create(null, null, [0, 0, .. odd], [0, .. exponent]));
        Assert.Null(RsaKey.Create(null, null, [0, 0, 0x80, .. new byte[126], 1], exponent));
        Assert.Null(RsaKey.Create(null, null, [0x7F, .. odd[1..]], exponent));
        Assert.Null(RsaKey.Create(null, null, [.. odd[..^1], 2], exponent));
        Assert.Null(RsaKey.Create(null, null, [0x80, .. new byte[1024], 1], exponent));
        Assert.Null(RsaKey.Create(null, null, [], exponent));
        Assert.Null(RsaKey.Create(null, null, odd, []));
        Assert.Null(RsaKey.Create(null, null, odd, [1]));
        Assert.Null(RsaKey.Create(null, null, odd, [2]));
        Assert.Null(RsaKey.Create(null, null, odd, [1, 0, 0]));
        Assert.Null(RsaKey.Create(null, null, odd, [1, .. new byte[8], 1]));
    }

    [Fact]
    public void EcKey_PointNotOnTheCurve_IsNone()
    {
        byte[] x = StrictBase64Url.Decode("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU")!;
        byte[] y = StrictBase64Url.Decode("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")!;

        Assert.NotNull(EcKey.Create(null, null, "P-256", x, y));
        Assert.Null(EcKey.Create(null, null, "P-256", y, x));
        Assert.Null(EcKey.Create(null, null, "P-256", new byte[32], new byte[32]));
        Assert.Null(EcKey.Create(null, null, "P-256", x[1..], y));
        Assert.Null(EcKey.Create(null, null, "P-256", [0, .. x], y));
        Assert.Null(EcKey.Create(null, null, "P-384", x, y));
        Assert.Null(EcKey.Create(null, null, "P-256K", x, y));
        Assert.Null(EcKey.Create(null, null, "p-256", x, y));
    }

    [Fact]
    public async Task Validate_BadKeysInTheSet_ArePassedOver()
    {
        using var rig = new JwtRig();
        File.WriteAllText(rig.File, $$"""{"x":1,"keys":[1,null,{},{"kty":"OKP","crv":"Ed25519","x":"AA"},{"kty":"RSA"},{"kty":"EC","crv":"P-256","x":"*","y":""},{{TestKey.Default.Jwk}}]}""");

        await rig.AssertValidAsync(TestKey.Default.Token(rig.Claims()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"keys":{}}""")]
    [InlineData("""{"keys":[],"keys":[]}""")]
    [InlineData("<html>")]
    public async Task Validate_NoJwkSet_IsUnavailable(string document)
    {
        using var rig = new JwtRig();
        File.WriteAllText(rig.File, document);

        await rig.AssertRefusedAsync(JwtFailure.IssuerUnavailable, TestKey.Default.Token(rig.Claims()));
    }
}
