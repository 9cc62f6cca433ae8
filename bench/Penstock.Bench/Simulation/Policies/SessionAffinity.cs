using Penstock.Engines;

namespace Penstock.Bench.Simulation.Policies;

/// <summary>Each conversation has its server, by rendezvous hashing of its name, however much that one has to do.</summary>
internal sealed class SessionAffinity(int servers, int seed) : ImmediatePolicy(servers, seed)
{
    protected override int Choose(SimulatedCall call)
    {
        var (best, most) = (0, 0UL);
        for (var server = 0; server < Servers; server++)
        {
            var hash = BlockHash.Chain((ulong)server + 1, call.Plan.Conversation);
            if (hash > most) (best, most) = (server, hash);
        }

        return best;
    }
}
