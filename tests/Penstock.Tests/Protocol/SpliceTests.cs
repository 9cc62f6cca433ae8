using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Penstock.Protocol;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class SpliceTests
{
    // Up to four edits that do not overlap: kept and replaced lengths take turns.
    private static readonly Gen<(string Source, List<Edit> Edits)> Cases =
        from kept in Gen.Choose(0, 4).ListOf(5)
        from replaced in Gen.Choose(0, 3).ListOf(4)
        from texts in Gen.Elements("", "x", "YZ", "long text").ListOf(4)
        from count in Gen.Choose(0, 4)
        from order in Gen.Shuffle(Enumerable.Range(0, count).ToArray())
        select Build(kept.ToList(), replaced.ToList(), texts.ToList(), order);

    [Fact]
    public void CopyTo_AnyEdits_KeepsEveryOtherByte() => ForAll.Check(Cases, c =>
    {
        var splice = new Splice();
        foreach (var edit in c.Edits) splice.Replace(edit.Span, Encoding.UTF8.GetBytes(edit.Text));
        var source = Encoding.UTF8.GetBytes(c.Source);
        var expected = new StringBuilder(c.Source);
        foreach (var edit in c.Edits.OrderByDescending(e => e.Span.Start).ThenByDescending(e => e.Span.End))
            expected.Remove(edit.Span.Start, edit.Span.Length).Insert(edit.Span.Start, edit.Text);

        var copied = new byte[source.Length + splice.Growth];
        splice.CopyTo(source, copied);
        var written = new ArrayBufferWriter<byte>();
        splice.WriteTo(source, written);

        Assert.Equal(expected.ToString(), Encoding.UTF8.GetString(copied));
        Assert.Equal(copied, written.WrittenSpan.ToArray());
        Assert.Equal(c.Edits.Count, splice.Count);
        Assert.Equal(c.Edits.Count == 0, splice.IsEmpty);
    });

    [Fact]
    public async Task WriteToAsync_SomeEdits_WritesWhatCopyToCopies()
    {
        var source = "{\"model\":\"m\"}"u8.ToArray();
        var splice = new Splice();
        splice.Insert(12, ",\"x\":1"u8.ToArray());
        splice.Replace(new JsonSpan(9, 3), "\"other\""u8.ToArray());
        splice.Replace(new JsonSpan(0, 0), ""u8.ToArray());
        using var stream = new MemoryStream();

        await splice.WriteToAsync(source, stream, CancellationToken.None);

        Assert.Equal("{\"model\":\"other\",\"x\":1}", Encoding.UTF8.GetString(stream.ToArray()));
    }

    [Fact]
    public void Insert_SamePlaceTwice_KeepsTheOrderOfTheCalls()
    {
        var splice = new Splice();
        splice.Insert(1, "a"u8.ToArray());
        splice.Insert(1, "b"u8.ToArray());
        var copied = new byte[4];

        splice.CopyTo("{}"u8, copied);

        Assert.Equal("{ab}", Encoding.UTF8.GetString(copied));
    }

    [Fact]
    public void Replace_FifthEdit_IsRefused()
    {
        var splice = new Splice();
        for (var i = 0; i < 4; i++) splice.Insert(i, "x"u8.ToArray());

        Assert.Throws<InvalidOperationException>(() => splice.Insert(4, "x"u8.ToArray()));
    }

    private static (string Source, List<Edit> Edits) Build(List<int> kept, List<int> replaced, List<string> texts, int[] order)
    {
        var source = new StringBuilder();
        var edits = new List<Edit>();
        for (var i = 0; i < 4; i++)
        {
            source.Append('k', kept[i] + 1);
            edits.Add(new Edit(new JsonSpan(source.Length, replaced[i]), texts[i]));
            source.Append('r', replaced[i]);
        }

        source.Append('k', kept[4]);
        return (source.ToString(), order.Select(i => edits[i]).ToList());
    }

    private sealed record Edit(JsonSpan Span, string Text);
}
