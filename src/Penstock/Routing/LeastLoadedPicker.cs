using Penstock.Backends;

namespace Penstock.Routing;

/// <summary>
/// The backend with the fewest requests in flight for its weight; among equals any, by chance, so that the one that is
/// written first gets no more than the others. In a large pool it is the better of two by chance: nearly as even, and
/// requests that come at once do not all see the same best one.
/// </summary>
internal sealed class LeastLoadedPicker : IBackendPicker
{
    /// <summary>Up to here all members are compared.</summary>
    public const int MostCompared = 8;

    public Backend? Pick(ReadOnlySpan<Backend> free, ReadOnlySpan<Backend> full = default, PromptShape? prompt = null) => free.Length switch
    {
        1 => free[0],
        <= MostCompared => LeastOf(free),
        _ => BetterOfTwo(free),
    };

    private static Backend LeastOf(ReadOnlySpan<Backend> members)
    {
        var best = members[0];
        var (least, weight) = (best.State.InFlight, best.Config.Weight);
        var equals = 1;
        foreach (var member in members[1..])
        {
            var load = member.State.InFlight;
            var comparison = Compare(load, member.Config.Weight, least, weight);
            if (comparison > 0) continue;
            equals = comparison < 0 ? 1 : equals + 1;
            // The k-th of the equals takes the place with probability 1/k: each ends up with the same chance.
            if (comparison == 0 && Random.Shared.Next(equals) != 0) continue;
            (best, least, weight) = (member, load, member.Config.Weight);
        }

        return best;
    }

    // Of equals it is the first of the two, which is there by chance.
    private static Backend BetterOfTwo(ReadOnlySpan<Backend> members)
    {
        var first = Random.Shared.Next(members.Length);
        var second = Random.Shared.Next(members.Length - 1);
        if (second >= first) second++;
        var (one, other) = (members[first], members[second]);
        return Compare(one.State.InFlight, one.Config.Weight, other.State.InFlight, other.Config.Weight) <= 0 ? one : other;
    }

    // load / weight against load / weight, without a division.
    private static int Compare(long load, long weight, long otherLoad, long otherWeight) =>
        (load * otherWeight).CompareTo(otherLoad * weight);
}
