namespace Penstock.Admission.Jwt;

/// <summary>Why a token is not taken. <see cref="JwtFailures"/> says it in words.</summary>
internal enum JwtFailure
{
    None,

    /// <summary>It was good once.</summary>
    Expired,

    /// <summary>The issuer's keys are not known and cannot be had: nothing is said about the token.</summary>
    IssuerUnavailable,

    TooLong,
    Malformed,
    BadHeader,
    BadClaims,
    OtherType,
    CriticalHeader,
    UnknownIssuer,
    AlgorithmNotAllowed,
    UnknownKey,
    AmbiguousKey,
    UnfitKey,
    BadSignature,
    OtherAudience,
    NotYetValid,
    IssuedInTheFuture,
    NoName,
    BadClaim,
}
