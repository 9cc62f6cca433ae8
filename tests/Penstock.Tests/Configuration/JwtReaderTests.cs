using Penstock.Configuration;
using Xunit;

namespace Penstock.Tests.Configuration;

public sealed class JwtReaderTests
{
    private const string Head = "issuer: https://a.example.com\n    audience: x\n    ";
    private const string Secret = "0123456789abcdef0123456789abcdef";

    [Fact]
    public void Read_Least_HasTheDefaults()
    {
        var config = ReadValid("issuer: https://a.example.com\n    audience: penstock");

        Assert.Equal("https://a.example.com", config.Issuer);
        Assert.Equal(["penstock"], config.Audiences);
        Assert.Equal([JwtAlgorithm.RS256, JwtAlgorithm.ES256], config.Algorithms);
        Assert.Equal(("sub", null, null), (config.Claims.Name, config.Claims.Models, config.Claims.Limits));
        Assert.Empty(config.Claims.Labels);
        Assert.Null(config.JwksUrl);
        Assert.Null(config.JwksFile);
        Assert.Null(config.Secret);
    }

    [Fact]
    public void Read_All_IsWhatWasWritten()
    {
        var config = ReadValid(
            """
            issuer: joe
                jwks_url: https://a.example.com/keys?v=2
                audience: [a, b]
                algorithms: [RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512]
                claims: { name: client_id, models: models, limits: plan, labels: [team, "https://x/y"] }
            """);

        Assert.Equal("https://a.example.com/keys?v=2", config.JwksUrl?.AbsoluteUri);
        Assert.Equal(["a", "b"], config.Audiences);
        Assert.Equal(9, config.Algorithms.Distinct().Count());
        Assert.Equal(("client_id", "models", "plan"), (config.Claims.Name, config.Claims.Models, config.Claims.Limits));
        Assert.Equal(["team", "https://x/y"], config.Claims.Labels);
    }

    [Fact]
    public void Read_Secret_IsForHS256()
    {
        var config = ReadValid(Head + "secret: ${SECRET}");

        Assert.Equal(Secret, config.Secret);
        Assert.Equal([JwtAlgorithm.HS256], config.Algorithms);
        Assert.Equal([JwtAlgorithm.HS256], ReadValid(Head + "secret: ${SECRET}\n    algorithms: [HS256]").Algorithms);
        Assert.DoesNotContain(Secret, config.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("issuer: http://127.0.0.1:8080/realm")]
    [InlineData("issuer: http://localhost")]
    [InlineData("issuer: http://[::1]:80")]
    [InlineData("issuer: accounts.example.com\n    jwks_file: keys.json")]
    [InlineData("issuer: http://adfs.example.com/trust\n    jwks_url: https://adfs.example.com/keys")]
    [InlineData("issuer: x\n    jwks_url: http://127.0.0.1/keys")]
    public void Read_IssuerThatCanBeHad_IsFine(string issuer) => ReadValid(issuer + "\n    audience: x");

    [Theory]
    [InlineData("audience: x", "2: jwt[0].issuer: an issuer needs its name, as tokens have it in iss")]
    [InlineData("issuer: \"\"\n    audience: x", "2: jwt[0].issuer: the issuer's name is empty")]
    [InlineData("issuer: https://a", "2: jwt[0].audience: an issuer needs the audience that its tokens for this gateway have in aud")]
    [InlineData("issuer: https://a\n    audience: []", "3: jwt[0].audience: the list is empty")]
    [InlineData("issuer: https://a\n    audience: \"\"", "3: jwt[0].audience: a name is empty")]
    [InlineData("issuer: https://a\n    audience: [x, x]", "3: jwt[0].audience: 'x' is there twice")]
    [InlineData("issuer: https://a\n    audience: { a: b }", "3: jwt[0].audience: this must be a single value")]
    [InlineData("issuer: a\n    audience: x", "2: jwt[0].issuer: 'a' is not an address like https://login.example.com; without one say jwks_url, jwks_file or secret")]
    [InlineData("issuer: \" https://a\"\n    audience: x", "2: jwt[0].issuer: ' https://a' is not an address like https://login.example.com; without one say jwks_url, jwks_file or secret")]
    [InlineData("issuer: http://a.example.com\n    audience: x", "2: jwt[0].issuer: the address must begin with https:// (http:// is for this machine only)")]
    [InlineData("issuer: http://10.0.0.1\n    audience: x", "2: jwt[0].issuer: the address must begin with https:// (http:// is for this machine only)")]
    [InlineData("issuer: ftp://a\n    audience: x", "2: jwt[0].issuer: the address must begin with https://")]
    [InlineData("issuer: https://u:p@a\n    audience: x", "2: jwt[0].issuer: the address must not carry a user name")]
    [InlineData("issuer: https://a?b\n    audience: x", "2: jwt[0].issuer: the address must not have a query")]
    [InlineData("issuer: https://a#b\n    audience: x", "2: jwt[0].issuer: the address must not have a fragment")]
    [InlineData(Head + "jwks_url: keys", "4: jwt[0].jwks_url: 'keys' is not an address like https://login.example.com/keys")]
    [InlineData(Head + "jwks_url: http://b.example.com/keys", "4: jwt[0].jwks_url: the address must begin with https:// (http:// is for this machine only)")]
    [InlineData(Head + "jwks_url: https://u:p@b/keys", "4: jwt[0].jwks_url: the address must not carry a user name")]
    [InlineData(Head + "jwks_file: \"\"", "4: jwt[0].jwks_file: the file's name is empty")]
    [InlineData(Head + "jwks_file: a\n    jwks_url: https://a/keys", "4: jwt[0].jwks_file: only one of jwks_url, jwks_file, secret can say what an issuer signs with")]
    [InlineData(Head + "jwks_file: a\n    secret: ${SECRET}", "5: jwt[0].secret: only one of jwks_url, jwks_file, secret can say what an issuer signs with")]
    [InlineData(Head + "secret: 0123456789abcdef0123456789abcde", "4: jwt[0].secret: the secret is shorter than 32 bytes")]
    [InlineData(Head + "secret: \"\"", "4: jwt[0].secret: the secret is shorter than 32 bytes")]
    [InlineData(Head + "algorithms: []", "4: jwt[0].algorithms: the list is empty")]
    [InlineData(Head + "algorithms: RS256", "4: jwt[0].algorithms: this must be a list")]
    [InlineData(Head + "algorithms: [RS256, RS256]", "4: jwt[0].algorithms: 'RS256' is there twice")]
    [InlineData(Head + "algorithms: [HS256]", "4: jwt[0].algorithms: HS256 needs a secret")]
    [InlineData(Head + "algorithms: [none]", "4: jwt[0].algorithms: 'none' is not one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, HS256")]
    [InlineData(Head + "secret: ${SECRET}\n    algorithms: [HS256, RS256]", "5: jwt[0].algorithms: RS256 does not go with a secret; HS256 does")]
    [InlineData(Head + "claims: sub", "4: jwt[0].claims: this must be a mapping (key: value)")]
    [InlineData(Head + "claims: { name: \"\" }", "4: jwt[0].claims.name: a claim's name is empty")]
    [InlineData(Head + "claims: { labels: [a, a] }", "4: jwt[0].claims.labels: 'a' is there twice")]
    [InlineData(Head + "claims: { model: a }", "4: jwt[0].claims.model: unknown key; did you mean 'models'?")]
    [InlineData(Head + "jwks: a", "4: jwt[0].jwks: unknown key")]
    public void Read_Wrong_NamesLineAndPath(string issuer, string error)
    {
        var (_, errors) = Read(issuer);

        var only = Assert.Single(errors);
        Assert.StartsWith("config.yaml:" + error, only, StringComparison.Ordinal);
        Assert.DoesNotContain("u:p", only, StringComparison.Ordinal);
    }

    [Fact]
    public void Print_All_CanBeReadAgain()
    {
        const string Written = """
              - issuer: 'https://a.example.com'
                jwks_url: 'https://a.example.com/keys'
                audience: [a, b]
                algorithms: [ES512, PS256]
                claims: { name: client_id, models: models, limits: plan, labels: [team, 'https://x/y'] }

            """;

        Assert.Equal(Written, Print(ReadValid(Written.TrimStart()[2..])));
    }

    [Fact]
    public void Print_Secret_IsMasked()
    {
        var printed = Print(ReadValid(Head + "secret: ${SECRET}"));

        Assert.Equal("  - issuer: 'https://a.example.com'\n    secret: '***'\n    audience: x\n    algorithms: [HS256]\n", printed);
    }

    [Fact]
    public void Print_File_IsShown() => Assert.Equal(
        "  - issuer: joe\n    jwks_file: '/etc/${x}'\n    audience: x\n    algorithms: [RS256, ES256]\n    claims: { name: n }\n".Replace("${", "$${", StringComparison.Ordinal),
        Print(ReadValid("issuer: joe\n    audience: x\n    jwks_file: '/etc/$${x}'\n    claims: { name: n }")));

    private static string Print(JwtConfig config)
    {
        var yaml = new YamlWriter();
        JwtPrinter.Print(yaml, config);
        return yaml.ToString();
    }

    private static JwtConfig ReadValid(string issuer)
    {
        var (config, errors) = Read(issuer);
        Assert.Empty(errors);
        return Assert.IsType<JwtConfig>(config);
    }

    private static (JwtConfig? Config, string[] Errors) Read(string issuer)
    {
        var context = new YamlContext("config.yaml", name => name == "SECRET" ? Secret : null);
        var root = YamlDocument.Parse($"jwt:\n  - {issuer}\n", context);
        var config = root is null ? null : new YamlScope(root, "", context).Mappings("jwt").Select(JwtReader.Read).Single();
        return (config, [.. context.Errors.Select(error => error.ToString())]);
    }
}
