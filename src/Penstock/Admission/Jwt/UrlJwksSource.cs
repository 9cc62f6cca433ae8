namespace Penstock.Admission.Jwt;

/// <summary>A JWK set at an address.</summary>
internal sealed class UrlJwksSource(Uri url, JwksTransport transport) : IJwksSource
{
    public JwksPace Pace => JwksPace.Remote;

    public Task<JwksFetch> FetchAsync(CancellationToken cancellationToken) => transport.GetAsync(url, cancellationToken);
}
