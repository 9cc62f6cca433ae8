using System.Buffers;
using System.Text;

namespace Penstock.Protocol;

/// <summary>
/// Text that is only ever added to, as a chain of hashes: one for each whole block, each of all that comes before its
/// end as well. Two texts that have a hash in common begin with the same bytes up to there.
/// </summary>
internal sealed class PrefixChain : IDisposable
{
    /// <summary>Blocks that are kept: 4 MiB of text, a million tokens. What comes after is not looked at.</summary>
    public const int MostBlocks = 16 * 1024;

    // For the answer, and what is laid out between the texts.
    private const int SpareBlocks = 32;

    private readonly byte[] _tail = ArrayPool<byte>.Shared.Rent(BlockHash.BlockBytes);
    private ulong[] _hashes;
    private int _count;
    private int _tailLength;
    private ulong _last;

    /// <param name="expectedBytes">How much text there will probably be.</param>
    public PrefixChain(int expectedBytes = 0) =>
        _hashes = ArrayPool<ulong>.Shared.Rent(Math.Min(MostBlocks, (expectedBytes / BlockHash.BlockBytes) + SpareBlocks));

    /// <summary>The hashes, the first block's first.</summary>
    public ReadOnlyMemory<ulong> Blocks => _hashes.AsMemory(0, _count);

    /// <summary>A hash of what is there that fills no block; 0 where there is nothing.</summary>
    public ulong Tail => _tailLength == 0 ? 0 : BlockHash.Of(_tail.AsSpan(0, _tailLength));

    /// <summary>Bytes of text that were left out: they are in no block.</summary>
    public long Omitted { get; private set; }

    /// <summary>Whether all that a server reads is there, as text.</summary>
    public bool IsWhole { get; private set; } = true;

    /// <summary>Leaves text out.</summary>
    /// <param name="bytes">How much.</param>
    /// <param name="isRead">Whether the server reads it all the same.</param>
    public void Omit(long bytes, bool isRead)
    {
        Omitted += bytes;
        IsWhole &= !isRead;
    }

    /// <summary>Adds text. Of a JSON string, what is between its quotes, where that has no <c>\u</c> and no <c>\/</c>.</summary>
    public void Append(ReadOnlySpan<byte> text)
    {
        if (_tailLength > 0)
        {
            var head = text[..Math.Min(text.Length, BlockHash.BlockBytes - _tailLength)];
            head.CopyTo(_tail.AsSpan(_tailLength));
            _tailLength += head.Length;
            if (_tailLength < BlockHash.BlockBytes) return;
            AddBlocks(_tail.AsSpan(0, BlockHash.BlockBytes));
            text = text[head.Length..];
        }

        var rest = text[(text.Length / BlockHash.BlockBytes * BlockHash.BlockBytes)..];
        AddBlocks(text[..^rest.Length]);
        rest.CopyTo(_tail);
        _tailLength = rest.Length;
    }

    public void Append(byte value)
    {
        _tail[_tailLength++] = value;
        if (_tailLength < BlockHash.BlockBytes) return;
        _tailLength = 0;
        AddBlocks(_tail.AsSpan(0, BlockHash.BlockBytes));
    }

    /// <summary>Adds a JSON string in the one way of escaping that escapes no more than must be.</summary>
    /// <param name="raw">What is between its quotes. Valid: somebody has parsed it.</param>
    public void AppendString(ReadOnlySpan<byte> raw)
    {
        // \n and \" have no shorter form, and prompts are full of them; what has one is rare, and found at memory's speed. Each of
        // the two is looked for from where it was last found: a text may be made of nothing but the one.
        var (from, unicode, slash) = (0, -1, -1);
        while (true)
        {
            if (unicode < from) unicode = IndexOfEscape(raw, "\\u"u8, from);
            if (slash < from) slash = IndexOfEscape(raw, "\\/"u8, from);
            var at = Math.Min(unicode, slash);
            Append(raw[from..at]);
            if (at == raw.Length) return;
            // The backslash of \/ says nothing.
            from = at + 1;
            if (at == unicode) from += AppendCharacter(raw[from..]);
        }
    }

    public void Dispose()
    {
        if (_hashes.Length == 0) return;
        ArrayPool<byte>.Shared.Return(_tail);
        ArrayPool<ulong>.Shared.Return(_hashes);
        _hashes = [];
        _count = 0;
    }

    // The backslash of the next such escape; the end where there is none. One after an odd number of others is text.
    private static int IndexOfEscape(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> escape, int from)
    {
        for (; raw[from..].IndexOf(escape) is >= 0 and var found; from += found + 1)
        {
            if (!JsonEscapes.AreOpenAtEndOf(raw[..(from + found)])) return from + found;
        }

        return raw.Length;
    }

    // u1234, perhaps followed by the other half of a pair. Returns how much of it was taken.
    private int AppendCharacter(ReadOnlySpan<byte> escape)
    {
        var first = Unit(escape);
        var isPair = char.IsHighSurrogate(first) && escape[5..].StartsWith("\\u"u8) && char.IsLowSurrogate(Unit(escape[6..]));
        if (first is < ' ' or '"' or '\\')
        {
            AppendEscaped(first);
            return 5;
        }

        Span<char> units = isPair ? [first, Unit(escape[6..])] : [first];
        Span<byte> utf8 = stackalloc byte[8];
        // Half of a pair alone becomes the replacement character, as it does wherever it is read.
        Append(utf8[..Encoding.UTF8.GetBytes(units, utf8)]);
        return isPair ? 11 : 5;
    }

    // What must be escaped, as short as it can be.
    private void AppendEscaped(char unit)
    {
        Append((byte)'\\');
        var letter = unit switch
        {
            '\n' => (byte)'n',
            '\t' => (byte)'t',
            '\r' => (byte)'r',
            '\b' => (byte)'b',
            '\f' => (byte)'f',
            '"' or '\\' => (byte)unit,
            _ => (byte)'u',
        };
        Append(letter);
        if (letter == (byte)'u') Append((byte)unit);
    }

    private static char Unit(ReadOnlySpan<byte> escape)
    {
        var unit = 0;
        foreach (var digit in escape[1..5]) unit = (unit << 4) | (digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
        return (char)unit;
    }

    // Whole blocks; what is more than may be kept is forgotten.
    private void AddBlocks(ReadOnlySpan<byte> text)
    {
        var count = Math.Min(text.Length / BlockHash.BlockBytes, MostBlocks - _count);
        if (count < text.Length / BlockHash.BlockBytes) Omit(text.Length - (count * BlockHash.BlockBytes), isRead: true);
        if (_count + count > _hashes.Length) Grow(_count + count);
        foreach (ref var hash in _hashes.AsSpan(_count, count))
        {
            hash = _last = BlockHash.Next(_last, text);
            text = text[BlockHash.BlockBytes..];
        }

        _count += count;
    }

    private void Grow(int count)
    {
        var larger = ArrayPool<ulong>.Shared.Rent(Math.Max(count, _hashes.Length * 2));
        _hashes.AsSpan(0, _count).CopyTo(larger);
        // Not given back: somebody may hold the blocks that were there before an answer was added.
        _hashes = larger;
    }
}
