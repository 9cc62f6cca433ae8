using System.Diagnostics.CodeAnalysis;

namespace Penstock.Admission.Jwt;

/// <summary>What came of a token: who calls, or what is wrong with it.</summary>
internal readonly record struct JwtResult
{
    public JwtResult(JwtIdentity identity) => Identity = identity;

    public JwtResult(JwtFailure failure) => Failure = failure;

    /// <summary>Null: the token is not taken.</summary>
    public JwtIdentity? Identity { get; }

    /// <summary>None where there is an identity.</summary>
    public JwtFailure Failure { get; }

    [MemberNotNullWhen(true, nameof(Identity))]
    public bool IsValid => Identity is not null;
}
