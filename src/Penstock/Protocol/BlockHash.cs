using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Penstock.Protocol;

/// <summary>
/// Hashes of text, the same in every process and on every machine, so that several gateways agree on them. They decide
/// where a prompt goes, never what its answer is: who makes two texts collide makes his own calls slower.
/// </summary>
internal static class BlockHash
{
    /// <summary>Bytes in a block: some 64 tokens. Smaller ones tell prompts apart sooner, and each costs memory.</summary>
    public const int BlockBytes = 256;

    // The fractions of the square roots of the first primes: no pattern, nothing in common.
    private const ulong Key0 = 0x6A09E667F3BCC908, Key1 = 0xBB67AE8584CAA73B, Key2 = 0x3C6EF372FE94F82B, Key3 = 0xA54FF53A5F1D36F1;
    private const ulong Key4 = 0x510E527FADE682D1, Key5 = 0x9B05688C2B3E6C1F, Key6 = 0x1F83D9ABFB41BD6B, Key7 = 0x5BE0CD19137E2179;

    /// <summary>The hash of a block that follows on others.</summary>
    /// <param name="before">The hash of all that comes before it; 0 for the first.</param>
    /// <param name="block"><see cref="BlockBytes"/> bytes.</param>
    public static ulong Next(ulong before, ReadOnlySpan<byte> block)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(block[..BlockBytes]);
        // Four lanes that do not wait for each other: a multiplication takes four cycles, and one can begin in each.
        ulong a = before ^ Key0, b = Key1, c = Key2, d = Key3;
        for (var i = 0; i < words.Length; i += 8)
        {
            a = Fold(a ^ words[i], words[i + 1] ^ Key4);
            b = Fold(b ^ words[i + 2], words[i + 3] ^ Key5);
            c = Fold(c ^ words[i + 4], words[i + 5] ^ Key6);
            d = Fold(d ^ words[i + 6], words[i + 7] ^ Key7);
        }

        return NotZero(Fold(a ^ Key5, b ^ BitOperations.RotateLeft(before, 32)) ^ Fold(c ^ Key6, d ^ Key7));
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

    private static ulong Fold(ulong x, ulong y)
    {
        var high = Math.BigMul(x, y, out var low);
        return high ^ low;
    }

    // 0 means that there is none.
    private static ulong NotZero(ulong hash) => hash == 0 ? Key7 : hash;
}
