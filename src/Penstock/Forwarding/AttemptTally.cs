namespace Penstock.Forwarding;

/// <summary>How many attempts a call has made, and in which pools: so many in all, but a fallback that nobody has asked yet is asked.</summary>
/// <param name="pools">How many pools the call has.</param>
/// <param name="most">How many attempts there may be in all.</param>
internal struct AttemptTally(int pools, int most)
{
    private const int GivenUp = int.MaxValue;

    // Most calls make one attempt, and need no list of how many they made in which pool.
    private int _inFirst;
    private int[]? _inOthers;
    private int _total;

    /// <summary>Whether a pool may be asked once more.</summary>
    public readonly bool HasLeft(int pool) => (pool == 0 ? _inFirst : _inOthers?[pool] ?? 0) switch
    {
        0 => true,
        GivenUp => false,
        _ => _total < most,
    };

    /// <summary>An attempt goes to a pool.</summary>
    public void Count(int pool)
    {
        _total++;
        if (pool == 0) _inFirst++;
        else (_inOthers ??= new int[pools])[pool]++;
    }

    /// <summary>A pool is not asked any more.</summary>
    public void GiveUp(int pool)
    {
        if (pool == 0) _inFirst = GivenUp;
        else (_inOthers ??= new int[pools])[pool] = GivenUp;
    }
}
