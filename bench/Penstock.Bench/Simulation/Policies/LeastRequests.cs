namespace Penstock.Bench.Simulation.Policies;

/// <summary>The server with the fewest calls in flight.</summary>
internal sealed class LeastRequests(int servers, int seed) : ImmediatePolicy(servers, seed)
{
    protected override int Choose(SimulatedCall call) => Least(server => InFlight[server]);
}
