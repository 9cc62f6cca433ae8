namespace Penstock.Admission.Jwt;

/// <summary>Where an issuer's keys come from.</summary>
internal interface IJwtKeys
{
    /// <summary>The keys in force, at once where they are known; null where they cannot be had.</summary>
    ValueTask<Jwks?> GetAsync(CancellationToken cancellationToken);

    /// <summary>The keys after a look at the source, if it is time for one: a token names a key that is not among those seen.</summary>
    ValueTask<Jwks> RefreshAsync(Jwks seen, CancellationToken cancellationToken);
}
