namespace Penstock.Configuration;

/// <summary>The signature algorithms of tokens, by their names in RFC 7518. There is no "none" among them.</summary>
internal enum JwtAlgorithm
{
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    ES512,
    HS256,
}
