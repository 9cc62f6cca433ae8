using Penstock.Protocol;

namespace Penstock.Routing.Prefix;

/// <summary>
/// Whether a server says how much of a prompt it had in its cache, and what it means where it says nothing: some say nothing
/// when it was nothing. Safe for use by several threads.
/// </summary>
internal sealed class CacheReports
{
    // So many in a row that should have had something, and it does not tell any more: it has been set up in another way.
    private const int MostSilent = 3;

    private readonly Lock _lock = new();
    private volatile bool _areTold;
    private long _incarnation;
    private int _silent;

    /// <summary>Whether it tells, as far as its answers have shown.</summary>
    public bool AreTold => _areTold;

    /// <summary>Reads what an answer says.</summary>
    /// <param name="usage">What was used.</param>
    /// <param name="isExpected">Whether the server was expected to have some of the prompt.</param>
    /// <param name="incarnation">The server's life: another one may have been set up in another way.</param>
    /// <returns>Tokens that it had; null: that is not known.</returns>
    public long? Read(in TokenUsage usage, bool isExpected, long incarnation)
    {
        lock (_lock)
        {
            if (incarnation != _incarnation) (_incarnation, _areTold, _silent) = (incarnation, false, 0);
            // Who never had anything may not look.
            if (usage.CachedTokens > 0) _areTold = true;
            if (!_areTold) return null;
            if (usage.CachedTokens is not null || !isExpected)
            {
                if (usage.CachedTokens is not null) _silent = 0;
                return usage.CachedTokens ?? 0;
            }

            // Embeddings and the like say nothing, whoever makes them.
            if (usage.CompletionTokens == 0) return null;
            _areTold = ++_silent <= MostSilent;
            return _areTold ? 0 : null;
        }
    }
}
