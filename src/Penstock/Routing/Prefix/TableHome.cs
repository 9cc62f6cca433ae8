using System.Security.Cryptography;

namespace Penstock.Routing.Prefix;

/// <summary>
/// Where in a table a hash is first looked for. Blocks' hashes are the same everywhere, so that who knows them could choose
/// prompts which all begin at one place; by a factor that each process draws for itself nobody knows where they do.
/// </summary>
internal static class TableHome
{
    private static readonly ulong Factor = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))) | 1;

    /// <param name="hash">The hash.</param>
    /// <param name="length">The table's.</param>
    public static int Of(ulong hash, int length) => (int)Math.BigMul(hash * Factor, (ulong)length, out _);
}
