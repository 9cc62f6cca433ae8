namespace Penstock.Configuration;

/// <summary>Prints an entry of <c>auth.jwt</c>.</summary>
internal static class JwtPrinter
{
    private static readonly JwtClaimsConfig Usual = new();

    public static void Print(YamlWriter yaml, JwtConfig issuer)
    {
        yaml.Item("issuer", issuer.Issuer);
        yaml.PairUnless(null, "jwks_url", issuer.JwksUrl?.AbsoluteUri);
        yaml.PairUnless(null, "jwks_file", issuer.JwksFile);
        yaml.Secret("secret", issuer.Secret);
        if (issuer.Audiences is [var audience]) yaml.Pair("audience", audience);
        else yaml.List("audience", issuer.Audiences);
        yaml.List("algorithms", [.. issuer.Algorithms.Select(JwtReader.Algorithms.For)]);
        Print(yaml, issuer.Claims);
    }

    private static void Print(YamlWriter yaml, JwtClaimsConfig claims)
    {
        if (claims.Labels.Count == 0 && claims == Usual with { Labels = claims.Labels }) return;
        yaml.Mapping(
            "claims",
            ("name", claims.Name),
            ("models", claims.Models),
            ("limits", claims.Limits),
            ("labels", claims.Labels.Count == 0 ? null : claims.Labels));
    }
}
