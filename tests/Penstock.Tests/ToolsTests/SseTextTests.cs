using System.Text.Json;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.ToolsTests;

public sealed class SseTextTests
{
    [Theory]
    [InlineData("data: a\n\ndata: b\n\n", "a|b")]
    [InlineData("data: a\r\n\r\ndata: b\r\n\r\n", "a|b")]
    [InlineData("data: a\r\rdata: b\r\r", "a|b")]
    [InlineData("data: a\r\n\ndata: b\n\r", "a|b")]
    [InlineData("data:a\n\n", "a")]
    [InlineData("data:  a \n\n", " a ")]
    [InlineData("data: one\ndata: two\n\n", "one\ntwo")]
    [InlineData("data\n\n", "")]
    [InlineData("data\ndata\n\n", "\n")]
    [InlineData("\uFEFFdata: a\n\n", "a")]
    [InlineData(": hello\nevent: x\nunknown: y\ndata: a\nid: 1\nretry: 5\n\n", "a")]
    [InlineData("data: {\"a\":1}\n\n\n\ndata: [DONE]\n\n", "{\"a\":1}|[DONE]")]
    public void Data_IsWhatTheStandardSays(string body, string data)
    {
        var sse = SseText.Parse(body);
        Assert.Equal(data, string.Join('|', sse.Data));
        Assert.False(sse.EndsWithinEvent);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n\n")]
    [InlineData(": comment\n\n")]
    [InlineData("event: x\n\n")]
    [InlineData(" data: a\n\n")]
    [InlineData("Data: a\n\n")]
    [InlineData("datum: a\n\n")]
    public void NoData_IsNoEvent(string body) => Assert.Empty(SseText.Parse(body).Events);

    [Theory]
    [InlineData("data: a\n\ndata: b")]
    [InlineData("data: a\n\ndata: b\n")]
    [InlineData("data: a\n\nda")]
    public void UnfinishedEvent_IsThrownAwayAndReported(string body)
    {
        var sse = SseText.Parse(body);
        Assert.Equal(["a"], sse.Data);
        Assert.True(sse.EndsWithinEvent);
    }

    [Fact]
    public void TypeIdAndComments_AreKept()
    {
        var sse = SseText.Parse(":one\n: two\nevent: error\nid: 7\ndata: a\n\ndata: b\nid: \0\n\n");
        Assert.Equal([new SseEvent("error", "a", "7"), new SseEvent("message", "b", "7")], sse.Events);
        Assert.Equal(["one", " two"], sse.Comments);
    }

    [Theory]
    [InlineData("data: 1\n\ndata: [DONE]\n\n", true)]
    [InlineData("data: 1\n\n", false)]
    [InlineData("data: [DONE]\n\ndata: 1\n\n", false)]
    [InlineData("data: [DONE]\n\ndata: [DONE]\n\n", false)]
    [InlineData("data: [DONE]\n", false)]
    [InlineData("data: [DONE]\n\ndata: 1", false)]
    public void IsDone_OnlyWhereDoneIsLast(string body, bool done) => Assert.Equal(done, SseText.Parse(body).IsDone);

    [Fact]
    public void Content_IsPutTogether_AndBadJsonThrows()
    {
        string[] chunks = [ChatJson.RoleChunk(), ChatJson.ContentChunk("a"), ChatJson.ContentChunk(" b"), ChatJson.FinishChunk(), ChatJson.UsageChunk(1, 2), "[DONE]"];
        var body = string.Concat(chunks.Select(c => $"data: {c}\n\n"));

        Assert.Equal("a b", SseText.Parse(body).Content);
        Assert.ThrowsAny<JsonException>(() => SseText.Parse("data: {oops\n\n").Json);
    }
}
