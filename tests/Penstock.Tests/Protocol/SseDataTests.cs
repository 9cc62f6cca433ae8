using System.Buffers;
using System.Text;
using FsCheck.Fluent;
using Penstock.Protocol;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class SseDataTests
{
    [Theory]
    [InlineData("a\ndata: b", "a\nb")]
    [InlineData("a\r\n: c\r\ndata:  b", "a\n b")]
    [InlineData("a\rdata", "a\n")]
    [InlineData("\ndata: b", "\nb")]
    [InlineData("data: a\nid: 1\ndata: b", "data: a\nb")]
    [InlineData("a\n\uFEFFdata: x\ndatabase: y\ndata: b", "a\nb")]
    [InlineData("a", "a")]
    [InlineData("", "")]
    public void Join_Data_IsWhatAClientWouldJoin(string span, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(SseData.Join(Encoding.UTF8.GetBytes(span))));

    [Theory]
    [InlineData("event: x\ndata: a\n: c\ndata: b\nid: 7\n\n", "new", "event: x\n: c\nid: 7\ndata: new\n\n")]
    [InlineData("\r\nevent: x\r\ndata: a\r\n\r\n", "one\ntwo", "event: x\ndata: one\ndata: two\n\n")]
    [InlineData("\uFEFFdata: a\n\n", "", "data: \n\n")]
    [InlineData("data: a\ndatabase: b\n\n", "c", "database: b\ndata: c\n\n")]
    public void Rewrite_Event_KeepsItsOtherLines(string raw, string data, string expected) =>
        Assert.Equal(expected, Rewrite(raw, data));

    [Fact]
    public void Rewrite_AnyEventAndData_ReadsBackAsThatData()
    {
        var cases = Gen.Zip(SseStreams.Text, Gen.Elements("{}", "{\"a\":\n1}", "", "a\n\nb", "\n", " x ", "é").Where(d => d.Length >= 0));
        ForAll.Check(cases, c =>
        {
            foreach (var found in SseStreams.Scan(Encoding.UTF8.GetBytes(c.Item1)).SkipLast(1))
            {
                var again = SseText.Parse(Rewrite(Encoding.UTF8.GetString(found.Raw), c.Item2));

                Assert.Equal([c.Item2], again.Data);
                Assert.Equal(found.Name.Length == 0 ? "message" : found.Name, again.Events[0].Type);
            }
        });
    }

    private static string Rewrite(string raw, string data)
    {
        var output = new ArrayBufferWriter<byte>();
        SseData.Rewrite(Encoding.UTF8.GetBytes(raw), Encoding.UTF8.GetBytes(data), output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
