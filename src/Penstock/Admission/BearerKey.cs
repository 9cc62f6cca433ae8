using Penstock.Configuration;

namespace Penstock.Admission;

/// <summary>A key that is asked for by itself, besides those of callers. It is known by its hash.</summary>
internal sealed class BearerKey(string key)
{
    private readonly KeyHash _hash = KeyHash.Of(key);

    /// <summary>Whether a request carries it.</summary>
    /// <param name="credential">The key, without the scheme before it; empty where there is none.</param>
    public bool Is(ReadOnlySpan<char> credential) => !credential.IsEmpty && KeyHash.Of(credential) == _hash;
}
