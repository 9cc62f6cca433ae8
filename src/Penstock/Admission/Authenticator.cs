using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using Penstock.Admission.Jwt;
using Penstock.Admission.Keys;
using Penstock.Configuration;

namespace Penstock.Admission;

/// <summary>
/// Finds the caller of a request by the credential that it carries: by the credential's hash, so that how long it takes
/// says nothing of how much of a guess is right.
/// </summary>
internal sealed class Authenticator
{
    private readonly FrozenDictionary<KeyHash, Caller> _keys;
    private readonly FrozenSet<KeyHash> _revoked;
    private readonly bool _isUnread;
    private readonly Caller? _anonymous;
    private readonly TimeProvider _time;

    /// <param name="config">Says who may call.</param>
    /// <param name="callers">Makes the callers.</param>
    /// <param name="tokens">Knows those of identity providers; null: there are none.</param>
    /// <param name="time">Says what has expired.</param>
    /// <param name="stored">The keys of the store, which those of the configuration go before; null: none.</param>
    public Authenticator(GatewayConfig config, CallerFactory callers, TokenCallers? tokens, TimeProvider time, KeyPicture? stored = null)
    {
        _time = time;
        Tokens = tokens;
        var keys = new Dictionary<KeyHash, Caller>();
        _revoked = Add(stored ?? KeyPicture.None, keys, callers, config).ToFrozenSet();
        _isUnread = stored is { IsUnread: true };
        if (config.Server.ApiKey is { } apiKey) keys[KeyHash.Of(apiKey)] = callers.KeyHolder();
        // Whose key is the one of API_KEY, too, is known by name.
        foreach (var key in config.Auth?.Keys ?? []) keys[key.Hash] = callers.Create(key);
        _keys = keys.ToFrozenDictionary();
        if (config.IsOpen) _anonymous = callers.Anonymous();
    }

    /// <summary>Knows the tokens of identity providers; null: there are none.</summary>
    public TokenCallers? Tokens { get; }

    /// <summary>Whether everyone may call. Then the callers' credentials are meant for the backends.</summary>
    public bool IsOpen => _anonymous is not null;

    /// <summary>Whether a credential that is no key may be a token of an identity provider, which takes longer to find out.</summary>
    public bool MayBeToken(ReadOnlySpan<char> credential) => Tokens is not null && JwtValidator.LooksLikeJwt(credential);

    /// <summary>Finds the caller of a token, or why there is none.</summary>
    public ValueTask<(Caller? Caller, AuthenticationFailure Failure)> AuthenticateAsync(string token, CancellationToken cancellationToken) =>
        Tokens!.FindAsync(token, cancellationToken);

    /// <summary>Finds the caller, or why there is none.</summary>
    /// <param name="credential">The key, without the scheme before it; empty where there is none.</param>
    /// <param name="caller">Who it is.</param>
    /// <param name="failure">What is wrong otherwise.</param>
    public bool TryAuthenticate(ReadOnlySpan<char> credential, [NotNullWhen(true)] out Caller? caller, out AuthenticationFailure failure)
    {
        caller = _anonymous;
        failure = AuthenticationFailure.None;
        if (caller is not null) return true;
        if (!credential.IsEmpty) return TryAuthenticate(KeyHash.Of(credential), out caller, out failure);
        failure = AuthenticationFailure.Missing;
        return false;
    }

    /// <summary>Finds the caller by the hash of its key, or why there is none; for a gateway that is not <see cref="IsOpen"/>.</summary>
    public bool TryAuthenticate(in KeyHash hash, [NotNullWhen(true)] out Caller? caller, out AuthenticationFailure failure)
    {
        failure = AuthenticationFailure.None;
        if (!_keys.TryGetValue(hash, out caller))
        {
            failure = _revoked.Contains(hash) ? AuthenticationFailure.Revoked
                : _isUnread ? AuthenticationFailure.Undecided
                : AuthenticationFailure.Unknown;
            return false;
        }

        if (!(caller.Expires <= _time.GetUtcNow())) return true;
        failure = AuthenticationFailure.Expired;
        caller = null;
        return false;
    }

    private static HashSet<KeyHash> Add(KeyPicture stored, Dictionary<KeyHash, Caller> keys, CallerFactory callers, GatewayConfig config)
    {
        var revoked = new HashSet<KeyHash>();
        var written = (config.Auth?.Keys ?? []).Select(key => key.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var key in stored.Keys)
        {
            foreach (var (hash, expires) in key.Hashes())
            {
                if (key.Revoked is not null) revoked.Add(hash);
                else if (!written.Contains(key.Name)) keys[hash] = callers.Create(key, expires);
            }
        }

        return revoked;
    }
}
