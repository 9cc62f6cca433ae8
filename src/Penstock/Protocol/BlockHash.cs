using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Penstock.Protocol;

/// <summary>
/// Hashes of text, the same in every process and on every little-endian machine, so that several gateways agree on them.
/// They decide where a prompt goes, never what its answer is: who makes two texts collide makes his own calls slower.
/// </summary>
/// <remarks>
/// A block's hash is a sum of products of halves of its words, each word with a key of its own (NH; Black, Halevi, Krawczyk,
/// Krovetz and Rogaway, 1999), so that nothing in it waits for anything else, and vectors do four words at once. Each word is
/// added to its neighbour's sum as well: a half that meets its own key would be lost otherwise.
/// </remarks>
internal static class BlockHash
{
    /// <summary>Bytes in a block: some 64 tokens. Smaller ones tell prompts apart sooner, and each costs memory.</summary>
    public const int BlockBytes = 256;

    // The fractions of the square roots of the first primes: no pattern, nothing in common.
    private const ulong Key0 = 0x6A09E667F3BCC908, Key1 = 0xBB67AE8584CAA73B, Key2 = 0x3C6EF372FE94F82B, Key3 = 0xA54FF53A5F1D36F1;
    private const ulong Key4 = 0x510E527FADE682D1, Key5 = 0x9B05688C2B3E6C1F, Key6 = 0x1F83D9ABFB41BD6B, Key7 = 0x5BE0CD19137E2179;

    private const int WordsInVector = 4;

    private static readonly ulong[] WordKeys = DeriveKeys(BlockBytes / sizeof(ulong));

    /// <summary>The hash of a block that follows on others.</summary>
    /// <param name="before">The hash of all that comes before it; 0 for the first.</param>
    /// <param name="block"><see cref="BlockBytes"/> bytes.</param>
    public static ulong Next(ulong before, ReadOnlySpan<byte> block)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(block[..BlockBytes]);
        ReadOnlySpan<ulong> keys = WordKeys;
        var (even, odd) = (Vector256<ulong>.Zero, Vector256<ulong>.Zero);
        // Two sums: an addition need not wait for the one before.
        for (var i = 0; i < words.Length; i += 2 * WordsInVector)
        {
            even += Sum(words[i..], keys[i..]);
            odd += Sum(words[(i + WordsInVector)..], keys[(i + WordsInVector)..]);
        }

        var sum = even + odd;
        return NotZero(Fold(before ^ Key0, Fold(sum[0] ^ Key4, sum[1] ^ Key5) ^ Fold(sum[2] ^ Key6, sum[3] ^ Key7) ^ Key1));
    }

    /// <summary>The hash of a text of any length.</summary>
    public static ulong Of(ReadOnlySpan<byte> text)
    {
        var hash = (ulong)text.Length;
        for (; text.Length >= BlockBytes; text = text[BlockBytes..]) hash = Next(hash, text);
        for (; text.Length >= sizeof(ulong); text = text[sizeof(ulong)..]) hash = Mix(hash, BinaryPrimitives.ReadUInt64LittleEndian(text));
        var rest = 0UL;
        foreach (var value in text) rest = (rest << 8) | value;
        return Mix(hash, rest);
    }

    /// <summary>One hash of two.</summary>
    public static ulong Mix(ulong one, ulong other) => NotZero(Fold(one ^ Key0, other ^ Key1) ^ Fold(other ^ Key2, one ^ Key3));

    private static Vector256<ulong> Sum(ReadOnlySpan<ulong> words, ReadOnlySpan<ulong> keys)
    {
        var word = Vector256.Create(words);
        var keyed = word ^ Vector256.Create(keys);
        // One instruction where there is one; without it, a product of whole words would be made of three.
        var products = Avx2.IsSupported
            ? Avx2.Multiply(keyed.AsUInt32(), (keyed >>> 32).AsUInt32())
            : (keyed & Vector256.Create((ulong)uint.MaxValue)) * (keyed >>> 32);
        return products + Vector256.Shuffle(word, Vector256.Create(1UL, 0, 3, 2));
    }

    private static ulong[] DeriveKeys(int count)
    {
        var keys = new ulong[count];
        for (var i = 0; i < count; i++) keys[i] = Mix((ulong)i, Key7);
        return keys;
    }

    private static ulong Fold(ulong x, ulong y)
    {
        var high = Math.BigMul(x, y, out var low);
        return high ^ low;
    }

    // 0 means that there is none.
    private static ulong NotZero(ulong hash) => hash == 0 ? Key7 : hash;
}
