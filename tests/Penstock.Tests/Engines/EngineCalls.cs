using Penstock.Engines;

namespace Penstock.Tests.Engines;

/// <summary>Calls with contents that are named by a number.</summary>
internal static class EngineCalls
{
    /// <summary>A prompt and an answer of tokens that no call of another content has.</summary>
    public static EngineCall New(ulong content, int prompt, int output, int? slot = null) => Following([], content, prompt, output, slot);

    /// <summary>One whose prompt begins with these blocks.</summary>
    public static EngineCall Following(ReadOnlySpan<ulong> head, ulong content, int prompt, int output, int? slot = null)
    {
        var chain = new List<ulong>([.. head]);
        while (chain.Count < (prompt + output) / EngineCall.BlockTokens) chain.Add(BlockHash.Chain(chain.Count > 0 ? chain[^1] : 0, content));
        return new EngineCall
        {
            Blocks = chain.ToArray(),
            PromptTokens = prompt,
            OutputTokens = output,
            Slot = slot,
        };
    }
}
