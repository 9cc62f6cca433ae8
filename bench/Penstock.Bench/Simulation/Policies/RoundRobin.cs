namespace Penstock.Bench.Simulation.Policies;

/// <summary>One after the other.</summary>
internal sealed class RoundRobin(int servers, int seed) : ImmediatePolicy(servers, seed)
{
    private int _next;

    protected override int Choose(SimulatedCall call) => _next++ % Servers;
}
