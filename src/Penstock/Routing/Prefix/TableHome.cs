using System.Security.Cryptography;

namespace Penstock.Routing.Prefix;

/// <summary>
/// Where hashes are looked for in a table with open addresses: from their home on, one place after the other. Blocks' hashes are the same everywhere, so that who knows them could choose
/// prompts which all begin at one place; by a factor that each process draws for itself nobody knows where they do.
/// </summary>
internal static class TableHome
{
    private static readonly ulong Factor = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))) | 1;

    /// <summary>Where a hash is first looked for.</summary>
    /// <param name="hash">The hash.</param>
    /// <param name="length">The table's.</param>
    public static int Of(ulong hash, int length) => (int)Math.BigMul(hash * Factor, (ulong)length, out _);

    /// <summary>The place after one. The table's length is a power of two.</summary>
    public static int Next(int place, int length) => (place + 1) & (length - 1);

    /// <summary>
    /// Whether what stands behind a gap is found all the same. What is not is moved into the gap, so that no search ends too early
    /// (Knuth 6.4, algorithm R).
    /// </summary>
    /// <param name="gap">The gap.</param>
    /// <param name="place">Where it stands.</param>
    /// <param name="home">Where it is first looked for.</param>
    public static bool IsFoundBehind(int gap, int place, int home) => gap <= place ? gap < home && home <= place : gap < home || home <= place;
}
