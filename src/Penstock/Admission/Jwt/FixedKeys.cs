namespace Penstock.Admission.Jwt;

/// <summary>Keys that the configuration says itself.</summary>
internal sealed class FixedKeys(Jwks keys) : IJwtKeys
{
    public ValueTask<Jwks?> GetAsync(CancellationToken cancellationToken) => new(keys);

    public ValueTask<Jwks> RefreshAsync(Jwks seen, CancellationToken cancellationToken) => new(keys);
}
