using System.Text;

namespace Penstock.Configuration;

/// <summary>Reads an entry of <c>auth.jwt</c>.</summary>
internal static class JwtReader
{
    /// <summary>A key of HS256 is as long as its hash, or longer (RFC 7518, 3.2).</summary>
    private const int LeastSecretBytes = 32;

    private static readonly string[] Sources = ["jwks_url", "jwks_file", "secret"];

    /// <summary>The names of algorithms, as tokens and the configuration write them.</summary>
    public static readonly Words<JwtAlgorithm> Algorithms = new(Enum.GetNames<JwtAlgorithm>(), Enum.GetValues<JwtAlgorithm>());

    /// <summary>The issuer; null where it has no name. Errors are in the scope's context.</summary>
    public static JwtConfig? Read(YamlScope scope)
    {
        var issuer = scope.String("issuer");
        if (!scope.Has("issuer")) scope.Fail("issuer", "an issuer needs its name, as tokens have it in iss");
        else if (issuer is { Length: 0 }) scope.Fail("issuer", "the issuer's name is empty");
        else if (issuer is not null && issuer.Contains('#', StringComparison.Ordinal) && Sources.Any(scope.Has)) scope.Fail("issuer", "an issuer's name has no # (RFC 8414, 2)");
        var config = new JwtConfig
        {
            Issuer = issuer ?? "",
            JwksUrl = ReadUrl(scope),
            JwksFile = scope.String("jwks_file"),
            Secret = ReadSecret(scope),
            Audiences = ReadAudiences(scope),
            Algorithms = ReadAlgorithms(scope),
            Claims = ReadClaims(scope.Mapping("claims")),
        };
        if (config.JwksFile is { Length: 0 }) scope.Fail("jwks_file", "the file's name is empty");
        if (Sources.Count(scope.Has) > 1) scope.Fail(Sources.Last(scope.Has), $"only one of {string.Join(", ", Sources)} can say what an issuer signs with");
        if (!string.IsNullOrEmpty(issuer) && !Sources.Any(scope.Has)) CheckDiscovery(scope, issuer);
        scope.Close();
        return string.IsNullOrEmpty(issuer) ? null : config;
    }

    private static void CheckDiscovery(YamlScope scope, string issuer)
    {
        // "https:x" and " https://x" are addresses, too, but not ones that a path can be appended to.
        if (!Uri.TryCreate(issuer, UriKind.Absolute, out var url) || url.Host.Length == 0 || !issuer.Contains("://", StringComparison.Ordinal) || issuer != issuer.Trim())
            scope.Fail("issuer", $"'{issuer}' is not an address like https://login.example.com; without one say jwks_url, jwks_file or secret");
        else if (KeyAddress.Refuse(url) is { } wrong) scope.Fail("issuer", $"the address {wrong}");
        else if (url.Query.Length > 0) scope.Fail("issuer", "the address must not have a query");
    }

    private static Uri? ReadUrl(YamlScope scope)
    {
        if (scope.String("jwks_url") is not { } text) return null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Host.Length == 0)
        {
            scope.Fail("jwks_url", $"'{text}' is not an address like https://login.example.com/keys");
            return null;
        }

        if (KeyAddress.Refuse(url) is { } wrong) scope.Fail("jwks_url", $"the address {wrong}");
        return url;
    }

    private static string? ReadSecret(YamlScope scope)
    {
        var secret = scope.String("secret");
        if (secret is not null && Encoding.UTF8.GetByteCount(secret) < LeastSecretBytes)
            scope.Fail("secret", $"the secret is shorter than {LeastSecretBytes} bytes");
        return secret;
    }

    private static List<string> ReadAudiences(YamlScope scope)
    {
        if (scope.HasList("audience"))
        {
            if (scope.IsEmpty("audience")) scope.Fail("audience", "the list is empty");
            return scope.Names("audience");
        }

        if (!scope.Has("audience")) scope.Fail("audience", "an issuer needs the audience that its tokens for this gateway have in aud");
        if (scope.String("audience") is not { } audience) return [];
        if (audience.Length == 0) scope.Fail("audience", "a name is empty");
        return [audience];
    }

    private static List<JwtAlgorithm> ReadAlgorithms(YamlScope scope)
    {
        var isShared = scope.Has("secret");
        if (!scope.Has("algorithms")) return isShared ? [JwtAlgorithm.HS256] : [JwtAlgorithm.RS256, JwtAlgorithm.ES256];
        if (scope.HasList("algorithms") && scope.IsEmpty("algorithms")) scope.Fail("algorithms", "the list is empty");
        var algorithms = new List<JwtAlgorithm>();
        foreach (var name in scope.Names("algorithms"))
        {
            if (!Algorithms.TryGet(name, out var algorithm)) scope.Fail("algorithms", Algorithms.Refuse(name));
            // One kind of key an issuer: or a public key could be passed off as the secret (RFC 8725, 2.1).
            else if (isShared && algorithm != JwtAlgorithm.HS256) scope.Fail("algorithms", $"{name} does not go with a secret; HS256 does");
            else if (!isShared && algorithm == JwtAlgorithm.HS256) scope.Fail("algorithms", "HS256 needs a secret");
            else algorithms.Add(algorithm);
        }

        return algorithms;
    }

    private static JwtClaimsConfig ReadClaims(YamlScope? scope)
    {
        var defaults = new JwtClaimsConfig();
        if (scope is null) return defaults;
        var config = defaults with
        {
            Name = scope.String("name") ?? defaults.Name,
            Models = scope.String("models"),
            Limits = scope.String("limits"),
            Labels = scope.Names("labels"),
        };
        if (config.Name.Length == 0) scope.Fail("name", "a claim's name is empty");
        if (config.Models is { Length: 0 }) scope.Fail("models", "a claim's name is empty");
        if (config.Limits is { Length: 0 }) scope.Fail("limits", "a claim's name is empty");
        scope.Close();
        return config;
    }
}
