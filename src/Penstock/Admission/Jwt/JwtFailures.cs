namespace Penstock.Admission.Jwt;

/// <summary>Says what is wrong with a token. No part of the token is in it: answers and logs carry these sentences.</summary>
internal static class JwtFailures
{
    private static readonly string[] Sentences = [.. Enum.GetValues<JwtFailure>().Select(Sentence)];

    /// <summary>The sentence, without a full stop; empty where nothing is wrong.</summary>
    public static string Say(this JwtFailure failure) => Sentences[(int)failure];

    private static string Sentence(JwtFailure failure) => failure switch
    {
        JwtFailure.None => "",
        JwtFailure.Expired => "the token has expired",
        JwtFailure.IssuerUnavailable => "the keys of the token's issuer cannot be fetched now",
        JwtFailure.TooLong => "the token is longer than 8 KiB",
        JwtFailure.Malformed => "the token is not three parts of base64url without padding",
        JwtFailure.BadHeader => "the token's header is not a JSON object whose members are all there once and of their type",
        JwtFailure.BadClaims => "the token's claims are not a JSON object with iss, aud and exp, all there once and of their type",
        JwtFailure.OtherType => "the token is of another type than JWT or at+jwt",
        JwtFailure.CriticalHeader => "the token has critical header parameters",
        JwtFailure.UnknownIssuer => "the token is of an issuer that is not trusted here",
        JwtFailure.AlgorithmNotAllowed => "the token is signed with an algorithm that its issuer may not use here",
        JwtFailure.UnknownKey => "the token's signing key is not known",
        JwtFailure.AmbiguousKey => "the token does not say which of its issuer's keys has signed it",
        JwtFailure.UnfitKey => "the token's signing key does not fit its algorithm",
        JwtFailure.BadSignature => "the token's signature is wrong",
        JwtFailure.OtherAudience => "the token is for another audience",
        JwtFailure.NotYetValid => "the token is not valid yet",
        JwtFailure.IssuedInTheFuture => "the token was issued in the future",
        JwtFailure.NoName => "the token does not name its caller in 1 to 256 printable characters",
        JwtFailure.BadClaim => "a claim that says what the caller may is not of its type",
        _ => throw new ArgumentOutOfRangeException(nameof(failure)),
    };
}
