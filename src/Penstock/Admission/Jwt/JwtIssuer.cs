using System.Collections.Frozen;
using Penstock.Configuration;

namespace Penstock.Admission.Jwt;

/// <summary>An issuer that is trusted: what it may sign with, its keys and the rules for its claims.</summary>
internal sealed class JwtIssuer(JwtConfig config, IJwtKeys keys)
{
    private readonly FrozenSet<JwtAlgorithm> _algorithms = config.Algorithms.ToFrozenSet();

    public string Name => config.Issuer;

    public IJwtKeys Keys => keys;

    public JwtClaimRules Claims { get; } = new(config);

    /// <summary>Whether the issuer has signed a token: the keys by which it has, or why not.</summary>
    public async ValueTask<(Jwks? Keys, JwtFailure Failure)> VerifyAsync(ParsedJwt jwt, CancellationToken cancellationToken)
    {
        var algorithm = jwt.Header.Algorithm;
        if (!_algorithms.Contains(algorithm.Id)) return (null, JwtFailure.AlgorithmNotAllowed);
        if (await keys.GetAsync(cancellationToken) is not { } set) return (null, JwtFailure.IssuerUnavailable);
        var key = set.Find(jwt.Header.KeyId, algorithm, out var failure);
        if (failure == JwtFailure.UnknownKey)
        {
            set = await keys.RefreshAsync(set, cancellationToken);
            key = set.Find(jwt.Header.KeyId, algorithm, out failure);
        }

        if (key is null) return (null, failure);
        return key.Verify(algorithm, jwt.Signed, jwt.Signature) ? (set, JwtFailure.None) : (null, JwtFailure.BadSignature);
    }
}
