namespace Penstock.Bench.Simulation;

/// <summary>An engine's blocks as routers have them, which are longer.</summary>
internal static class RouterBlocks
{
    // 256 bytes: at four bytes a token every fourth of the engine's.
    private const int BlocksInOne = 4;

    /// <param name="blocks">The hashes of an engine's blocks.</param>
    public static ulong[] Of(ReadOnlySpan<ulong> blocks)
    {
        var longer = new ulong[blocks.Length / BlocksInOne];
        for (var i = 0; i < longer.Length; i++) longer[i] = blocks[(i * BlocksInOne) + BlocksInOne - 1];
        return longer;
    }
}
