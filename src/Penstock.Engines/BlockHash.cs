namespace Penstock.Engines;

/// <summary>The hash of a block of tokens and of all before it.</summary>
internal static class BlockHash
{
    /// <param name="previous">The hash of the block before; 0: this is the first.</param>
    /// <param name="content">What stands for the block's own tokens.</param>
    /// <returns>Never 0.</returns>
    public static ulong Chain(ulong previous, ulong content)
    {
        // SplitMix64's finalizer: every bit of both depends on every bit of the result's making, for three multiplications.
        var hash = (previous * 0x9E3779B97F4A7C15) + content + 0x632BE59BD9B4E019;
        hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9;
        hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EB;
        hash ^= hash >> 31;
        return hash == 0 ? 1 : hash;
    }
}
