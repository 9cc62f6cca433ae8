using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Penstock.Configuration;

namespace Penstock.Admission.Jwt;

/// <summary>
/// What is known of issuers' keys, for the life of the process: a reload while an issuer is down loses none. There are as many as
/// the operator has ever written.
/// </summary>
internal sealed class JwksCaches(TimeProvider time, ILogger<JwksCache> logger) : IDisposable
{
    private readonly JwksTransport _transport = new();
    private readonly ConcurrentDictionary<(string Issuer, Uri? Url, string? File), JwksCache> _caches = new();

    /// <summary>The keys of an issuer; those of one place are the same for all who ask.</summary>
    public IJwtKeys For(JwtConfig issuer)
    {
        if (issuer.Secret is { } secret) return new FixedKeys(new Jwks([new SecretKey(secret)]));
        return _caches.GetOrAdd((issuer.Issuer, issuer.JwksUrl, issuer.JwksFile), _ => new JwksCache(issuer.Issuer, SourceOf(issuer), time, logger));
    }

    public void Dispose() => _transport.Dispose();

    private IJwksSource SourceOf(JwtConfig issuer)
    {
        if (issuer.JwksFile is { } file) return new FileJwksSource(Path.GetFullPath(file));
        if (issuer.JwksUrl is { } url) return new UrlJwksSource(url, _transport);
        return new DiscoveredJwksSource(issuer.Issuer, _transport);
    }
}
