using Penstock.Admission.Jwt;
using Penstock.Configuration;
using Xunit;

namespace Penstock.Tests.Admission.Jwt;

public sealed class JwtClaimsTests
{
    private const string Known = "\"iss\":\"https://login.example.com\",\"aud\":\"penstock\",\"sub\":\"alice\",\"exp\":1767326645";

    private static readonly JwtClaimsConfig AllClaims = new()
    {
        Name = "client_id",
        Models = "models",
        Limits = "plan",
        Labels = ["team", "https://example.com/tenant"],
    };

    [Fact]
    public async Task Validate_GoodToken_NamesTheCaller()
    {
        using var rig = new JwtRig();

        var identity = await rig.AssertValidAsync(TestKey.Default.Token(rig.Claims()));

        Assert.Equal((JwtRig.Issuer, "alice"), (identity.Issuer, identity.Name));
        Assert.Equal(rig.Now + 3600, identity.Expires.ToUnixTimeSeconds());
        Assert.Null(identity.Models);
        Assert.Null(identity.Limits);
        Assert.Empty(identity.Labels);
    }

    [Fact]
    public async Task Validate_ConfiguredClaims_AreTheIdentity()
    {
        using var rig = new JwtRig(config => config with { Claims = AllClaims }, TestKey.Default);

        var identity = await rig.AssertValidAsync(TestKey.Default.Token(rig.Claims(
            """,  "client_id":"búho","models":["a","b-*"],"plan":"gold","team":"search","https://example.com/tenant":"x" """)));

        Assert.Equal("búho", identity.Name);
        Assert.Equal(["a", "b-*"], identity.Models);
        Assert.Equal("gold", identity.Limits);
        Assert.Equal([new("team", "search"), new("https://example.com/tenant", "x")], identity.Labels);
    }

    [Fact]
    public async Task Validate_ConfiguredClaimsMissing_AllowNoModelAndSayNothingElse()
    {
        using var rig = new JwtRig(config => config with { Claims = AllClaims }, TestKey.Default);

        var identity = await rig.AssertValidAsync(TestKey.Default.Token(rig.Claims(""","client_id":"x" """)));

        Assert.Empty(identity.Models!);
        Assert.Null(identity.Limits);
        Assert.Empty(identity.Labels);
    }

    [Theory]
    [InlineData("\"models\":{}")]
    [InlineData("\"models\":[1]")]
    [InlineData("\"models\":[\"\"]")]
    [InlineData("\"models\":[\"a\\nb\"]")]
    [InlineData("\"plan\":1")]
    [InlineData("\"plan\":\"\"")]
    [InlineData("\"plan\":null")]
    [InlineData("\"team\":[\"search\"]")]
    [InlineData("\"team\":\"a\\r\\nb\"")]
    public async Task Validate_ConfiguredClaimOfOtherType_IsRefused(string claim)
    {
        using var rig = new JwtRig(config => config with { Claims = AllClaims }, TestKey.Default);

        await rig.AssertRefusedAsync(JwtFailure.BadClaim, TestKey.Default.Token(rig.Claims($",\"client_id\":\"x\",{claim}")));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData(",\"name\":\"\"", false)]
    [InlineData(",\"name\":7", false)]
    [InlineData(",\"name\":[\"x\"]", false)]
    [InlineData(",\"name\":\"a\\u0000b\"", false)]
    [InlineData(",\"name\":\"a\\nb\"", false)]
    [InlineData(",\"name\":\"a\\u0085b\"", false)]
    [InlineData(",\"name\":\"a\\u2028b\"", false)]
    [InlineData(",\"name\":\"\\ud800\"", false)]
    [InlineData(",\"name\":\"a b\"", true)]
    [InlineData(",\"name\":\"😀\"", true)]
    public async Task Validate_Name_IsPrintable(string claim, bool isFine)
    {
        using var rig = new JwtRig(config => config with { Claims = new JwtClaimsConfig { Name = "name" } }, TestKey.Default);

        Assert.Equal(isFine ? JwtFailure.None : JwtFailure.NoName, (await rig.ValidateAsync(TestKey.Default.Token(rig.Claims(claim)))).Failure);
    }

    [Theory]
    [InlineData(256, nameof(JwtFailure.None))]
    [InlineData(257, nameof(JwtFailure.NoName))]
    public async Task Validate_Name_IsAtMost256Long(int length, string failure)
    {
        using var rig = new JwtRig(config => config with { Claims = new JwtClaimsConfig { Name = "name" } }, TestKey.Default);

        Assert.Equal(failure, (await rig.ValidateAsync(TestKey.Default.Token(rig.Claims($",\"name\":\"{new string('x', length)}\"")))).Failure.ToString());
    }

    [Theory]
    [InlineData("\"penstock\"", nameof(JwtFailure.None))]
    [InlineData("\"other\"", nameof(JwtFailure.None))]
    [InlineData("[\"x\",\"penstock\"]", nameof(JwtFailure.None))]
    [InlineData("\"Penstock\"", nameof(JwtFailure.OtherAudience))]
    [InlineData("\"penstock \"", nameof(JwtFailure.OtherAudience))]
    [InlineData("\"\"", nameof(JwtFailure.OtherAudience))]
    [InlineData("[]", nameof(JwtFailure.OtherAudience))]
    [InlineData("[\"x\"]", nameof(JwtFailure.OtherAudience))]
    [InlineData("[\"penstock\",1]", nameof(JwtFailure.BadClaims))]
    [InlineData("1", nameof(JwtFailure.BadClaims))]
    [InlineData("null", nameof(JwtFailure.BadClaims))]
    [InlineData("{\"penstock\":1}", nameof(JwtFailure.BadClaims))]
    public async Task Validate_Audience_IsOneOfThose(string audience, string failure)
    {
        using var rig = new JwtRig(config => config with { Audiences = ["penstock", "other"] }, TestKey.Default);
        var claims = rig.Claims().Replace("\"penstock\"", audience, StringComparison.Ordinal);

        Assert.Equal(failure, (await rig.ValidateAsync(TestKey.Default.Token(claims))).Failure.ToString());
    }

    [Theory]
    [InlineData("\"iss\":\"https://login.example.com\",", "", nameof(JwtFailure.BadClaims))]
    [InlineData("https://login.example.com", "https://login.example.com/", nameof(JwtFailure.UnknownIssuer))]
    [InlineData("https://login.example.com", "https://LOGIN.example.com", nameof(JwtFailure.UnknownIssuer))]
    [InlineData("https://login.example.com", "https://evil.example.com", nameof(JwtFailure.UnknownIssuer))]
    [InlineData("https://login.example.com", "", nameof(JwtFailure.UnknownIssuer))]
    [InlineData("\"https://login.example.com\"", "[\"https://login.example.com\"]", nameof(JwtFailure.BadClaims))]
    [InlineData("\"aud\":\"penstock\",", "", nameof(JwtFailure.BadClaims))]
    [InlineData(",\"exp\":1767326645", "", nameof(JwtFailure.BadClaims))]
    [InlineData("1767326645", "\"1767326645\"", nameof(JwtFailure.BadClaims))]
    [InlineData("1767326645", "-1", nameof(JwtFailure.BadClaims))]
    [InlineData("1767326645", "1e400", nameof(JwtFailure.BadClaims))]
    [InlineData("1767326645", "99999999999999999999", nameof(JwtFailure.BadClaims))]
    [InlineData("1767326645", "1767326645,\"nbf\":\"0\"", nameof(JwtFailure.BadClaims))]
    [InlineData("1767326645", "1767326645,\"iat\":true", nameof(JwtFailure.BadClaims))]
    [InlineData("1767326645", "1767326645.75", nameof(JwtFailure.None))]
    [InlineData("1767326645", "1767326645,\"nbf\":0,\"iat\":0", nameof(JwtFailure.None))]
    public async Task Validate_RegisteredClaims_AreThereAndOfTheirType(string what, string becomes, string failure)
    {
        using var rig = new JwtRig();
        Assert.Equal(1767326645, rig.Now + 3600);
        var claims = "{" + Known.Replace(what, becomes, StringComparison.Ordinal) + "}";

        Assert.Equal(failure, (await rig.ValidateAsync(TestKey.Default.Token(claims))).Failure.ToString());
    }

    // The last moment at which a token is taken, to the tick, and the first at which it is not.
    [Fact]
    public async Task Validate_Expired_HasAMinuteOfLeeway()
    {
        using var rig = new JwtRig();
        var seen = TestKey.Default.Token(rig.Claims());
        await rig.AssertValidAsync(seen);

        rig.Time.Advance(TimeSpan.FromSeconds(3660) - TimeSpan.FromTicks(1));
        await rig.AssertValidAsync(seen);
        await rig.AssertValidAsync(TestKey.Default.Token(rig.Claims().Replace($"{rig.Now + 3600}", $"{rig.Now - 59}", StringComparison.Ordinal)));

        rig.Time.Advance(TimeSpan.FromTicks(1));
        await rig.AssertRefusedAsync(JwtFailure.Expired, seen);
        await rig.AssertRefusedAsync(JwtFailure.Expired, TestKey.Default.Token(rig.Claims().Replace($"{rig.Now + 3600}", $"{rig.Now - 60}", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("nbf", nameof(JwtFailure.NotYetValid))]
    [InlineData("iat", nameof(JwtFailure.IssuedInTheFuture))]
    public async Task Validate_FromLaterOn_HasAMinuteOfLeeway(string claim, string failure)
    {
        using var rig = new JwtRig();
        var later = TestKey.Default.Token(rig.Claims($",\"{claim}\":{rig.Now + 61}"));

        await rig.AssertValidAsync(TestKey.Default.Token(rig.Claims($",\"{claim}\":{rig.Now + 60}")));
        await rig.AssertRefusedAsync(Enum.Parse<JwtFailure>(failure), later);
        rig.Time.Advance(TimeSpan.FromSeconds(1) - TimeSpan.FromTicks(1));
        await rig.AssertRefusedAsync(Enum.Parse<JwtFailure>(failure), later);
        rig.Time.Advance(TimeSpan.FromTicks(1));
        await rig.AssertValidAsync(later);
    }

    [Fact]
    public void Say_EachFailure_HasASentenceOfItsOwn()
    {
        var sentences = Enum.GetValues<JwtFailure>().Where(failure => failure != JwtFailure.None).Select(failure => failure.Say()).ToArray();

        Assert.All(sentences, sentence => Assert.Matches("^[a-z].*[^.]$", sentence));
        Assert.Distinct(sentences);
    }
}
