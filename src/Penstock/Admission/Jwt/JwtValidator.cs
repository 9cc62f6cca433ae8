using System.Collections.Frozen;
using Penstock.Configuration;

namespace Penstock.Admission.Jwt;

/// <summary>
/// Says whose a token is (RFC 7519, with the advice of RFC 8725). What was found good is remembered until it expires or its
/// issuer's keys change, so that a token that comes again costs a hash and a lookup.
/// </summary>
/// <param name="issuers">Who is trusted; no name is there twice.</param>
/// <param name="keys">What is known of issuers' keys; it outlives this.</param>
/// <param name="time">The clock.</param>
internal sealed class JwtValidator(IReadOnlyList<JwtConfig> issuers, JwksCaches keys, TimeProvider time)
{
    private readonly FrozenDictionary<string, JwtIssuer> _issuers = issuers.ToFrozenDictionary(
        config => config.Issuer, config => new JwtIssuer(config, keys.For(config)), StringComparer.Ordinal);

    private readonly ValidatedTokens _validated = new();

    /// <summary>Whether a credential has the form of a token. It says nothing about its worth.</summary>
    public static bool LooksLikeJwt(ReadOnlySpan<char> credential) => ParsedJwt.IsLike(credential);

    /// <summary>Says whose a token is. It waits only where keys must be fetched first, for 5 s at most.</summary>
    public async ValueTask<JwtResult> ValidateAsync(string token, CancellationToken cancellationToken)
    {
        if (!TokenHash.TryOf(token, out var hash))
            return new JwtResult(token.Length > ParsedJwt.MostChars ? JwtFailure.TooLong : JwtFailure.Malformed);
        // Asking for the keys has them looked at when it is time, whether tokens are known or not.
        if (_validated.TryGet(hash, out var known) && await known.Source.GetAsync(cancellationToken) == known.Keys)
        {
            return time.GetUtcNow() < known.Identity.Expires + JwtClaimRules.Leeway
                ? new JwtResult(known.Identity) : new JwtResult(JwtFailure.Expired);
        }

        return await ExamineAsync(token, hash, cancellationToken);
    }

    private async ValueTask<JwtResult> ExamineAsync(string token, TokenHash hash, CancellationToken cancellationToken)
    {
        if (ParsedJwt.Parse(token, out var failure) is not { } jwt) return new JwtResult(failure);
        if (!jwt.Claims.TryString("iss", out var name) || name is null) return new JwtResult(JwtFailure.BadClaims);
        if (!_issuers.TryGetValue(name, out var issuer)) return new JwtResult(JwtFailure.UnknownIssuer);
        (var set, failure) = await issuer.VerifyAsync(jwt, cancellationToken);
        if (set is null) return new JwtResult(failure);
        var result = issuer.Claims.Check(jwt.Claims, time.GetUtcNow());
        if (result.IsValid) _validated.Put(hash, new ValidatedToken(result.Identity, issuer.Keys, set));
        return result;
    }
}
