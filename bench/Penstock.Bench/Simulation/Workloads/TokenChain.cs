using Penstock.Engines;

namespace Penstock.Bench.Simulation.Workloads;

/// <summary>The tokens of a conversation, as the hashes of their blocks.</summary>
internal sealed class TokenChain
{
    private readonly List<ulong> _blocks = [];

    public int Tokens { get; private set; }

    /// <summary>Adds tokens. Two chains are the same as long as they have the same sources at the same places.</summary>
    /// <param name="source">What stands for the tokens.</param>
    /// <param name="count">How many.</param>
    public TokenChain Append(ulong source, int count)
    {
        Tokens += count;
        while ((_blocks.Count + 1) * EngineCall.BlockTokens <= Tokens)
            _blocks.Add(BlockHash.Chain(_blocks.Count == 0 ? 0 : _blocks[^1], source + ((ulong)_blocks.Count * 0x9E3779B9)));
        return this;
    }

    /// <summary>The same as another up to this many of its tokens.</summary>
    public static TokenChain Beginning(ReadOnlySpan<ulong> blocks, int tokens)
    {
        var chain = new TokenChain { Tokens = tokens };
        chain._blocks.AddRange(blocks[..(tokens / EngineCall.BlockTokens)]);
        return chain;
    }

    public ReadOnlyMemory<ulong> ToBlocks() => _blocks.ToArray();
}
