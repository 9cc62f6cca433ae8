using Penstock.Bench.Report;

namespace Penstock.Bench.Wire;

/// <summary>What came of one policy.</summary>
internal sealed class WireResult
{
    private readonly double[] _firstTokens;

    /// <param name="policy">Its name.</param>
    /// <param name="turns">Those that count.</param>
    public WireResult(string policy, IReadOnlyList<WireTurn> turns)
    {
        var whole = turns.Where(turn => turn.Failure is null).ToList();
        Policy = policy;
        Failures = [.. turns.Select(turn => turn.Failure).OfType<string>()];
        CachedPart = whole.Sum(turn => (double)turn.Cached) / Math.Max(1, whole.Sum(turn => (double)turn.Known));
        _firstTokens = [.. whole.Select(turn => turn.FirstToken.TotalSeconds).Order()];
    }

    public string Policy { get; }

    /// <summary>Turns that were answered.</summary>
    public int Turns => _firstTokens.Length;

    /// <summary>Why the others were not.</summary>
    public IReadOnlyList<string> Failures { get; }

    /// <summary>Cached tokens, as a part of those of a cache that forgets nothing and is shared by all servers.</summary>
    public double CachedPart { get; }

    /// <summary>Time to the first token, in seconds, by nearest rank.</summary>
    /// <param name="part">From 0 to 1.</param>
    public double FirstTokenAt(double part) => Percentiles.Of(_firstTokens, part);
}
