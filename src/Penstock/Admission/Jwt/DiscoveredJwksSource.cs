using Penstock.Configuration;

namespace Penstock.Admission.Jwt;

/// <summary>A JWK set whose address the issuer says (OpenID Connect Discovery, section 4).</summary>
internal sealed class DiscoveredJwksSource(string issuer, JwksTransport transport) : IJwksSource
{
    private const string WellKnown = "/.well-known/openid-configuration";

    private readonly Uri _document = new(issuer.TrimEnd('/') + WellKnown);

    public JwksPace Pace => JwksPace.Remote;

    public async Task<JwksFetch> FetchAsync(CancellationToken cancellationToken)
    {
        var (document, problem) = await transport.GetAsync(_document, cancellationToken);
        if (document is null) return JwksFetch.Failed($"discovery: {problem}");
        if (StrictJson.Parse(document) is not { } provider) return JwksFetch.Failed("discovery: the answer is not a JSON object");
        // Or anybody whose document could be put here would be the issuer (section 4.3).
        if (!provider.TryString("issuer", out var name) || name != issuer) return JwksFetch.Failed("discovery: the document is another issuer's");
        if (!provider.TryString("jwks_uri", out var text) || !Uri.TryCreate(text, UriKind.Absolute, out var keys))
            return JwksFetch.Failed("discovery: the document has no jwks_uri");
        if (KeyAddress.Refuse(keys) is { } wrong) return JwksFetch.Failed($"discovery: jwks_uri {wrong}");
        // An issuer elsewhere cannot send the gateway to a server on this machine.
        if (_document.Scheme == Uri.UriSchemeHttps && keys.Scheme != Uri.UriSchemeHttps)
            return JwksFetch.Failed("discovery: jwks_uri must begin with https://, as the issuer does");
        return await transport.GetAsync(keys, cancellationToken);
    }
}
