namespace Penstock.Bench.Simulation.Workloads;

/// <summary>Numbers by chance, the same for the same seed.</summary>
internal sealed class Chance(int seed)
{
    // The algorithm of a seeded Random is kept the same over versions.
    private readonly Random _random = new(seed);

    /// <summary>Names something that nobody else has.</summary>
    public ulong Name() => (ulong)_random.NextInt64() + 1;

    public bool Happens(double probability) => _random.NextDouble() < probability;

    /// <summary>Both ends included.</summary>
    public int Between(int least, int most) => _random.Next(least, most + 1);

    /// <summary>Times between things that come independently of each other.</summary>
    public double Exponential(double mean) => -Math.Log(1 - _random.NextDouble()) * mean;

    /// <summary>Around a middle that as many are above as below.</summary>
    public double LogNormal(double median, double sigma)
    {
        var normal = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
        return median * Math.Exp(sigma * normal);
    }

    /// <summary>From a distribution that is known at some points, straight between them.</summary>
    public double From(Quantiles quantiles) => quantiles.At(_random.NextDouble());
}
