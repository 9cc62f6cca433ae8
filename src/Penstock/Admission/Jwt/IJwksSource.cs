namespace Penstock.Admission.Jwt;

/// <summary>Where a JWK set is.</summary>
internal interface IJwksSource
{
    JwksPace Pace { get; }

    /// <summary>Fetches the set. It throws nothing but what is a bug; when it is cancelled, the time is up.</summary>
    Task<JwksFetch> FetchAsync(CancellationToken cancellationToken);
}
