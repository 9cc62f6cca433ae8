using System.Text;
using Penstock.Protocol;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class SseScannerTests
{
    [Theory]
    [InlineData("data: a\n\ndata: b\n\n", new[] { "a", "b" })]
    [InlineData("data: a\r\n\r\ndata: b\r\n\r\n", new[] { "a", "b" })]
    [InlineData("data: a\r\rdata: b\r\r", new[] { "a", "b" })]
    [InlineData("data: a\n\r\ndata: b\r\n\r", new[] { "a", "b" })]
    [InlineData("\uFEFFdata: a\n\n", new[] { "a" })]
    [InlineData("\n\n\ndata: a\n\n\n\n", new[] { "a" })]
    [InlineData("data: a\ndata: b\n\n", new[] { "a\nb" })]
    [InlineData("data: a\ndata\ndata:b\n\n", new[] { "a\n\nb" })]
    [InlineData("data:a\n\n", new[] { "a" })]
    [InlineData("data:  a\n\n", new[] { " a" })]
    [InlineData("data\n\n", new[] { "" })]
    [InlineData("data: a", new string[0])]
    [InlineData("data: a\n", new string[0])]
    [InlineData("data: a\r\n", new string[0])]
    [InlineData("dat: a\ndatum: b\nDATA: c\n\n", new string[0])]
    [InlineData(": ping\n\nevent: x\n\n", new string[0])]
    // Only what opens the stream is a byte order mark.
    [InlineData("data: a\n\n\uFEFFdata: b\n\n", new[] { "a" })]
    [InlineData("\n\uFEFFdata: b\n\ndata: c\n\n", new[] { "c" })]
    public void TryRead_Stream_FindsItsData(string stream, string[] expected)
    {
        var data = SseStreams.Scan(Encoding.UTF8.GetBytes(stream)).Where(f => f.DataLines > 0).Select(f => f.Data);

        Assert.Equal(expected, data);
    }

    [Fact]
    public void TryRead_CommentsAndNames_BelongToTheirEvent()
    {
        var found = SseStreams.Scan(": hi\nevent: first\nevent: delta\ndata: a\n\ndata: b\n\n"u8.ToArray());

        Assert.Equal(": hi\nevent: first\nevent: delta\ndata: a\n\n", Encoding.UTF8.GetString(found[0].Raw));
        Assert.Equal("delta", found[0].Name);
        Assert.Equal("", found[1].Name);
    }

    [Fact]
    public void TryReadLast_NothingLeft_FindsNothing()
    {
        var scanner = new SseScanner();
        var stream = "data: a\n\n\n"u8.ToArray();
        Assert.True(scanner.TryRead(stream, out _));

        Assert.False(scanner.TryRead(stream, out _));
        Assert.False(scanner.TryReadLast(stream, out _));
    }

    [Theory]
    [InlineData("[DONE]", true)]
    [InlineData("[DONE] ", false)]
    [InlineData("[done]", false)]
    [InlineData("", false)]
    public void IsDone_Data_IsExact(string data, bool expected) => Assert.Equal(expected, SseEvent.IsDone(Encoding.UTF8.GetBytes(data)));
}
