using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Penstock.Protocol;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class PrefixChainTests
{
    [Fact]
    public void Append_InPieces_IsTheSameAsAtOnce() => Prop.ForAll(
        Gen.Choose(0, 2000).SelectMany(length => Gen.ArrayOf(Gen.Choose(1, 400)).Select(pieces => (length, pieces))).ToArbitrary(),
        c =>
        {
            var text = new byte[c.length];
            new Random(c.length).NextBytes(text);
            using var whole = new PrefixChain();
            using var parts = new PrefixChain();
            whole.Append(text);
            var rest = text.AsSpan();
            foreach (var piece in c.pieces)
            {
                var taken = Math.Min(piece, rest.Length);
                if (taken == 1) parts.Append(rest[0]);
                else parts.Append(rest[..taken]);
                rest = rest[taken..];
            }

            parts.Append(rest);
            Assert.Equal(whole.Blocks.ToArray(), parts.Blocks.ToArray());
            Assert.Equal(whole.Tail, parts.Tail);
            Assert.Equal(c.length / BlockHash.BlockBytes, whole.Blocks.Length);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void AppendString_HoweverEscaped_IsTheSame() => Prop.ForAll(
        Gen.ArrayOf(Gen.OneOf(Gen.Choose(0x20, 0x7E), Gen.Elements(9, 10, 13, 34, 92, 0xE9, 0x20AC, 0xD83D, 0xDE00, 0xD800))).ToArbitrary(),
        units =>
        {
            var text = new string([.. units.Select(unit => (char)unit)]);
            using var plain = new PrefixChain();
            using var escaped = new PrefixChain();
            plain.AppendString(JsonEncodedText.Encode(Encoding.UTF8.GetBytes(text), JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes);
            // Every character that may be is escaped.
            escaped.AppendString(Encoding.UTF8.GetBytes(string.Concat(text.Select(c => c switch
            {
                '\n' => "\\n",
                '\t' => "\\t",
                '"' => "\\\"",
                '\\' => "\\\\",
                '/' => "\\/",
                < 'A' or > 'z' => $"\\u{(int)c:x4}",
                _ => c.ToString(),
            }))));
            Assert.Equal((plain.Blocks.ToArray(), plain.Tail), (escaped.Blocks.ToArray(), escaped.Tail));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Blocks_OneByteDiffers_AllFromThereOnDiffer()
    {
        var text = new byte[10 * BlockHash.BlockBytes];
        using var one = new PrefixChain();
        one.Append(text);
        text[3 * BlockHash.BlockBytes + 17] ^= 1;
        using var other = new PrefixChain();
        other.Append(text);

        var same = one.Blocks.ToArray().Zip(other.Blocks.ToArray()).Select(pair => pair.First == pair.Second);

        Assert.Equal([true, true, true, false, false, false, false, false, false, false], same);
        Assert.Equal(10, one.Blocks.ToArray().Distinct().Count());
    }

    [Fact]
    public void Append_EndlessText_StopsAtItsBound()
    {
        using var chain = new PrefixChain();
        var piece = new byte[1024 * 1024];
        for (var i = 0; i < 5; i++) chain.Append(piece);

        Assert.Equal(PrefixChain.MostBlocks, chain.Blocks.Length);
    }

    [Fact]
    public void Blocks_TakenBeforeMoreIsAdded_Stay()
    {
        using var chain = new PrefixChain();
        chain.Append(new byte[256 * BlockHash.BlockBytes]);
        var before = chain.Blocks;
        var copy = before.ToArray();
        chain.Append(Enumerable.Repeat((byte)7, 2000 * BlockHash.BlockBytes).ToArray());

        Assert.Equal(copy, before.ToArray());
        Assert.Equal(copy, chain.Blocks[..copy.Length].ToArray());
    }

    // What another replica computes must not depend on this process.
    [Fact]
    public void Next_KnownBlock_IsTheSameEverywhere()
    {
        var block = Enumerable.Range(0, BlockHash.BlockBytes).Select(i => (byte)i).ToArray();

        Assert.Equal(KnownHash, BlockHash.Next(1, block));
    }

    private const ulong KnownHash = 0x7B0BDB05572EEB14;
}
