using Penstock.Backends;
using Penstock.Protocol;

namespace Penstock.Routing.Prefix;

/// <summary>
/// Highest random weight hashing (Thaler and Ravishankar, 1998): of the same servers every gateway makes the same choice
/// for a prompt, each gets its share, and one that comes or goes moves only what is its own.
/// </summary>
internal static class Rendezvous
{
    /// <summary>A server's score for a key, by its weight; the highest wins.</summary>
    public static double ScoreOf(ulong key, Backend backend) => ScoreOf(key, backend.Identity, backend.Config.Weight);

    /// <param name="key">What is to be placed.</param>
    /// <param name="identity">A hash of the server.</param>
    /// <param name="weight">Its share.</param>
    public static double ScoreOf(ulong key, ulong identity, int weight)
    {
        // The top 53 bits as a number between 0 and 1, without either.
        var chance = ((BlockHash.Mix(key, identity) >> 11) + 0.5) / (1UL << 53);
        return weight / -Math.Log(chance);
    }
}
