using System.Numerics;

namespace Penstock.Routing.Prefix;

/// <summary>
/// How likely it is that a block which has not been used for some time is used again: counted, by how long it had been
/// when those that came back did. What was counted long ago counts less.
/// </summary>
internal sealed class ReturnTimes
{
    // Doubling from a quarter of a second to two hours.
    private const int Buckets = 16;
    private const double MostCounted = 1 << 20;

    private readonly double[] _returned = new double[Buckets];
    private double _uses = 1;

    /// <summary>A block was used that was not there before.</summary>
    public void Entered() => Count();

    /// <summary>A block was used again.</summary>
    /// <param name="age">Milliseconds since its last use.</param>
    public void Returned(uint age)
    {
        _returned[BucketOf(age)]++;
        Count();
    }

    /// <summary>The chance, from 0 to 1, that a block is used again which was last used some time ago.</summary>
    /// <param name="age">Milliseconds since.</param>
    public double ChanceAfter(uint age)
    {
        var bucket = BucketOf(age);
        var (earlier, later) = (0.0, 0.0);
        for (var i = 0; i < Buckets; i++)
        {
            if (i < bucket) earlier += _returned[i];
            else later += _returned[i];
        }

        return later / Math.Max(1, _uses - earlier);
    }

    // What another thread used meanwhile may be newer than the moment that this one has: that is no age of 49 days.
    private static int BucketOf(uint age) => Math.Min(Buckets - 1, BitOperations.Log2(((uint)Math.Max(0, (int)age) / 250) + 1));

    private void Count()
    {
        if (++_uses < MostCounted) return;
        _uses /= 2;
        for (var i = 0; i < Buckets; i++) _returned[i] /= 2;
    }
}
