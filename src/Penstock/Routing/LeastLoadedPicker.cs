using Penstock.Backends;

namespace Penstock.Routing;

/// <summary>
/// The backend with the fewest requests in flight; among equals any, by chance, so that the one that is written first
/// gets no more than the others.
/// </summary>
internal sealed class LeastLoadedPicker : IBackendPicker
{
    public string Name => "least_loaded";

    public Backend Pick(ReadOnlySpan<Backend> members)
    {
        var best = members[0];
        if (members.Length == 1) return best;

        var least = best.State.InFlight;
        var equals = 1;
        foreach (var member in members[1..])
        {
            var load = member.State.InFlight;
            if (load > least) continue;
            equals = load < least ? 1 : equals + 1;
            // The k-th of the equals takes the place with probability 1/k: each ends up with the same chance.
            if (load < least || Random.Shared.Next(equals) == 0) best = member;
            least = load;
        }

        return best;
    }
}
