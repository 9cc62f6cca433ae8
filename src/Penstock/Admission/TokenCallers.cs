using System.Runtime.CompilerServices;
using Penstock.Admission.Jwt;

namespace Penstock.Admission;

/// <summary>Finds the callers of tokens that an identity provider has issued.</summary>
internal sealed class TokenCallers(JwtValidator validator, CallerFactory callers)
{
    // A token that is used again has the identity that was made of it first; when that is forgotten, so is its caller.
    private readonly ConditionalWeakTable<JwtIdentity, Caller> _callers = [];

    /// <summary>Finds the caller, or why there is none.</summary>
    public async ValueTask<(Caller? Caller, AuthenticationFailure Failure)> FindAsync(string token, CancellationToken cancellationToken)
    {
        var result = await validator.ValidateAsync(token, cancellationToken);
        if (result.IsValid) return (_callers.GetValue(result.Identity, callers.Create), AuthenticationFailure.None);
        return (null, result.Failure switch
        {
            JwtFailure.Expired => AuthenticationFailure.Expired,
            JwtFailure.IssuerUnavailable => AuthenticationFailure.Unavailable,
            _ => AuthenticationFailure.Unknown,
        });
    }
}
