namespace Penstock.Bench.Simulation.Policies;

/// <summary>
/// Of two servers by chance the one with fewer calls in flight (Mitzenmacher, The Power of Two Choices in Randomized Load
/// Balancing, <see href="https://doi.org/10.1109/71.963420"/>).
/// </summary>
internal sealed class PowerOfTwo(int servers, int seed) : ImmediatePolicy(servers, seed)
{
    protected override int Choose(SimulatedCall call)
    {
        var first = Random.Next(Servers);
        var second = (first + 1 + Random.Next(Servers - 1)) % Servers;
        return InFlight[second] < InFlight[first] ? second : first;
    }
}
