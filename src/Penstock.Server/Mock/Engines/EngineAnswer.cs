using System.Numerics;
using System.Text;
using System.Text.Json;
using Penstock.Engines;

namespace Penstock.Server.Mock.Engines;

/// <summary>A call for the engine and what it answers: made-up words of four bytes, the same for the same prompt.</summary>
internal sealed class EngineAnswer
{
    private const int BlockBytes = EngineCall.BlockTokens * PromptText.TokenBytes;
    private const string Letters = "abcdefghijklmnopqrstuvwxyzabcdef";

    private EngineAnswer(EngineCall call, string text)
    {
        Call = call;
        Content = JsonEncodedText.Encode(text);
        Tokens = [.. text.Chunk(PromptText.TokenBytes).Select(token => JsonEncodedText.Encode(new string(token)))];
    }

    public EngineCall Call { get; }

    public JsonEncodedText Content { get; }

    public IReadOnlyList<JsonEncodedText> Tokens { get; }

    /// <param name="prompt">What the model reads.</param>
    /// <param name="tokens">How long the answer is.</param>
    /// <param name="slot">The slot that it wants; null: any.</param>
    public static EngineAnswer Create(ReadOnlyMemory<byte> prompt, int tokens, int? slot)
    {
        var text = TextFor(Hash(prompt.Span), tokens);
        byte[] all = [.. prompt.Span, .. Encoding.ASCII.GetBytes(text)];
        var blocks = new ulong[all.Length / BlockBytes];
        var previous = 0UL;
        for (var i = 0; i < blocks.Length; i++) previous = blocks[i] = BlockHash.Chain(previous, Hash(all.AsSpan(i * BlockBytes, BlockBytes)));
        var promptTokens = Math.Max(1, prompt.Length / PromptText.TokenBytes);
        var call = new EngineCall
        {
            Blocks = blocks,
            PromptTokens = promptTokens,
            OutputTokens = tokens,
            Slot = slot,
        };
        return new EngineAnswer(call, text);
    }

    private static string TextFor(ulong seed, int tokens)
    {
        var text = new StringBuilder(tokens * PromptText.TokenBytes);
        for (var i = 0; i < tokens; i++)
        {
            // As a linear congruential generator goes on; its high bits are the good ones.
            seed = (seed * 6364136223846793005) + 1442695040888963407;
            text.Append(' ').Append(Letters[(int)(seed >> 59)]).Append(Letters[(int)((seed >> 54) & 31)]).Append(Letters[(int)((seed >> 49) & 31)]);
        }

        return text.ToString();
    }

    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        // FNV-1a, folded once more: string.GetHashCode differs from run to run.
        var hash = 14695981039346656037UL;
        foreach (var b in bytes) hash = (hash ^ b) * 1099511628211UL;
        return BitOperations.RotateLeft(hash, 31) * 0x9E3779B97F4A7C15;
    }
}
