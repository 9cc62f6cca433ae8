using System.Text;
using Penstock.Protocol;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class SseScannerProperties
{
    [Fact]
    public void TryRead_AnySplit_FindsTheSameEvents() => ForAll.Check(SseStreams.InReads, c =>
    {
        var whole = SseStreams.Scan(c.Bytes);
        var pieces = SseStreams.Scan(c.Bytes, c.Reads);

        // The LF of a CRLF that a read cut lies before the next event, and means nothing there.
        Assert.Equal(
            whole.Select(f => (f.DataLines, f.Name, f.Data)),
            pieces.Select(f => (f.DataLines, f.Name, f.Data)));
    }, 2000);

    [Fact]
    public void TryRead_AnyStream_AgreesWithTheStandard() => ForAll.Check(SseStreams.InReads, c =>
    {
        var expected = SseText.Parse(Encoding.UTF8.GetString(c.Bytes));

        var found = SseStreams.Scan(c.Bytes, c.Reads).Where(f => f.DataLines > 0);

        Assert.Equal(
            expected.Events.Select(e => (e.Type, e.Data)),
            found.Select(f => (f.Name.Length == 0 ? "message" : f.Name, f.Data)));
    }, 2000);

    [Fact]
    public void TryReadLast_StreamWithoutItsEnd_IsAsIfItWereEnded() => ForAll.Check(SseStreams.InReads, c =>
    {
        var ended = SseText.Parse(Encoding.UTF8.GetString(c.Bytes) + "\n\n");

        var found = SseStreams.Scan(c.Bytes, c.Reads, withLast: true).Where(f => f.DataLines > 0);

        Assert.Equal(ended.Data, found.Select(f => f.Data));
    }, 2000);

    [Fact]
    public void TryRead_AnySplit_KeepsEveryByteInOrder() => ForAll.Check(SseStreams.InReads, c =>
        Assert.Equal(c.Bytes, SseStreams.Scan(c.Bytes, c.Reads).SelectMany(f => f.Raw)), 1000);

    [Fact]
    public void TryRead_Noise_NeverThrows() => ForAll.Check(JsonTexts.Noise, bytes =>
        Assert.Equal(bytes, SseStreams.Scan(bytes, [.. bytes.Select(_ => 1)]).SelectMany(f => f.Raw)));

    // One data line: the bytes between the place where it begins and the place where it ends are the data.
    [Fact]
    public void Join_OneLine_IsTheDataItself() => ForAll.Check(SseStreams.InReads, c =>
    {
        foreach (var found in SseStreams.Scan(c.Bytes, c.Reads).Where(f => f.DataLines == 1))
            Assert.Equal(found.Data, Encoding.UTF8.GetString(SseData.Join(found.DataSpan)));
    });
}
