using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Penstock.Admission.Jwt;

/// <summary>
/// The tokens that were found good lately: two generations, of which the older is forgotten when the younger is full. A token that
/// is used meanwhile moves on, so that those in use stay, and nothing must be put in order.
/// </summary>
/// <param name="perGeneration">How many a generation has; some 500 bytes each.</param>
internal sealed class ValidatedTokens(int perGeneration = 8192)
{
    private readonly Lock _lock = new();
    private volatile Generation _young = new();
    private volatile Generation _old = new();

    /// <summary>How many are kept.</summary>
    public int Count => _young.Count + _old.Count;

    public bool TryGet(in TokenHash hash, [NotNullWhen(true)] out ValidatedToken? token)
    {
        if (_young.Tokens.TryGetValue(hash, out token)) return true;
        if (!_old.Tokens.TryGetValue(hash, out token)) return false;
        Put(hash, token);
        return true;
    }

    /// <summary>Adds a token, or what it now is found to be.</summary>
    public void Put(in TokenHash hash, ValidatedToken token)
    {
        var young = _young;
        if (!young.Tokens.TryAdd(hash, token)) young.Tokens[hash] = token;
        else if (young.Grow() >= perGeneration) Turn(young);
    }

    private void Turn(Generation full)
    {
        lock (_lock)
        {
            if (_young != full) return;
            _old = full;
            _young = new Generation();
        }
    }

    // The dictionary's own count takes all of its locks.
    private sealed class Generation
    {
        private int _count;

        public ConcurrentDictionary<TokenHash, ValidatedToken> Tokens { get; } = new();

        public int Count => Volatile.Read(ref _count);

        public int Grow() => Interlocked.Increment(ref _count);
    }
}
