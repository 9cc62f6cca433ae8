namespace Penstock.Configuration;

/// <summary>
/// One entry of <c>auth.jwt</c>: an issuer whose tokens are taken. At most one of <see cref="JwksUrl"/>,
/// <see cref="JwksFile"/> and <see cref="Secret"/> is there; without any the keys are found by OpenID discovery.
/// </summary>
internal sealed record JwtConfig
{
    /// <summary>What a token's <c>iss</c> must be, to the letter; an absolute https address where keys are discovered.</summary>
    public required string Issuer { get; init; }

    /// <summary>Where its JWK set is fetched; https, or http to this machine.</summary>
    public Uri? JwksUrl { get; init; }

    /// <summary>The file with its JWK set.</summary>
    public string? JwksFile { get; init; }

    /// <summary>The secret that it shares with the gateway, at least 32 bytes of UTF-8. Then it signs with HS256 only.</summary>
    public string? Secret { get; init; }

    /// <summary>One of these must be in a token's <c>aud</c>; at least one.</summary>
    public required IReadOnlyList<string> Audiences { get; init; }

    /// <summary>What it may sign with; at least one.</summary>
    public required IReadOnlyList<JwtAlgorithm> Algorithms { get; init; }

    /// <summary>Which claims say who calls.</summary>
    public JwtClaimsConfig Claims { get; init; } = new();

    /// <summary>Its name only: a secret that is printed with the rest ends in a log one day.</summary>
    public override string ToString() => Issuer;
}
