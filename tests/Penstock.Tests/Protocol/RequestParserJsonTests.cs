using System.Text;
using Penstock.Protocol;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class RequestParserJsonTests
{
    [Theory]
    [InlineData("{", 1, 2)]
    [InlineData("{]", 1, 2)]
    [InlineData("{\n  \"a\": x\n}", 2, 8)]
    [InlineData("{\"a\":1}\n{", 2, 1)]
    [InlineData("{\"a\":1,}", 1, 8)]
    [InlineData("{'a':1}", 1, 2)]
    [InlineData("[1,\n2,\n", 3, 1)]
    [InlineData("{\"a\":\"b\nc\"}", 1, 8)]
    [InlineData("{\"a\":\"\\x\"}", 1, 7)]
    [InlineData("{\"a\":01}", 1, 7)]
    [InlineData("{\"a\":NaN}", 1, 6)]
    [InlineData("{/**/}", 1, 2)]
    [InlineData("\uFEFF{}", 1, 1)]
    [InlineData("nope", 1, 1)]
    public void TryParse_BrokenJson_SaysWhere(string json, int line, int column)
    {
        var error = Refuse(Encoding.UTF8.GetBytes(json));

        Assert.Equal("invalid_json", error.Code);
        Assert.Null(error.Param);
        Assert.StartsWith($"The body is not valid JSON: line {line}, column {column}: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TryParse_Empty_SaysSo() => Assert.Equal("The body is not valid JSON: it is empty.", Refuse([]).Message);

    [Theory]
    [InlineData(new byte[] { 0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D })]
    [InlineData(new byte[] { 0x7B, 0x22, 0x61, 0x22, 0x3A, 0x22, 0xC3, 0x22, 0x7D })]
    [InlineData(new byte[] { 0x7B, 0x22, 0x61, 0x22, 0x3A, 0x22, 0xED, 0xA0, 0x80, 0x22, 0x7D })]
    public void TryParse_NotUtf8_SaysSo(byte[] json)
    {
        var error = Refuse(json);

        Assert.Equal("invalid_json", error.Code);
        Assert.Contains("UTF-8", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("5")]
    [InlineData("null")]
    [InlineData(" [{\"model\":\"m\"}] ")]
    public void TryParse_NotAnObject_SaysSo(string json)
    {
        var error = Refuse(Encoding.UTF8.GetBytes(json));

        Assert.Equal(("invalid_type", "The body must be a JSON object."), (error.Code, error.Message));
    }

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{\"a\":", "}")]
    public void TryParse_Depth_Is64AtMost(string open, string close)
    {
        Assert.True(RequestParser.TryParse(Nested(open, close, 64), strict: false, out _, out _));
        Assert.True(RequestParser.TryParse(Nested(open, close, 64, inMessages: true), strict: true, out _, out _));

        Assert.Equal("invalid_json", Refuse(Nested(open, close, 65)).Code);
        Assert.Contains("64", Refuse(Nested(open, close, 65)).Message, StringComparison.Ordinal);
        Assert.Equal("invalid_json", Refuse(Nested(open, close, 65, inMessages: true)).Code);
        Assert.Equal("invalid_json", Refuse(Nested(open, close, 100_000)).Code);
    }

    // A backend may obey the one that the gateway did not read.
    [Theory]
    [InlineData("""{"model":"a","model":"a"}""", "model")]
    [InlineData("""{"model":"a","mod\u0065l":"b"}""", "model")]
    [InlineData("""{"\u006d\u006f\u0064\u0065\u006c":"a","model":"b"}""", "model")]
    [InlineData("""{"model":"a","MODEL":"b"}""", "model")]
    [InlineData("""{"Model":"a","model":"b"}""", "model")]
    [InlineData("""{"mOdel":"a","moDel":"b"}""", "model")]
    [InlineData("""{"stream":false,"stream":true}""", "stream")]
    [InlineData("""{"stream":false,"ſtream":true}""", "stream")]
    [InlineData("""{"stream":false,"\u017ftream":true}""", "stream")]
    [InlineData("""{"max_toKens":1,"max_tokens":2}""", "max_tokens")]
    [InlineData("""{"max_to\u212aens":1,"max_tokens":2}""", "max_tokens")]
    [InlineData("""{"stream_options":{},"Stream_Options":{}}""", "stream_options")]
    [InlineData("""{"messages":[],"messages":[]}""", "messages")]
    [InlineData("""{"max_tokens":1,"max_tokens":1}""", "max_tokens")]
    [InlineData("""{"max_completion_tokens":1,"max_completion_TOKENS":1}""", "max_completion_tokens")]
    [InlineData("""{"temperature":1,"temperature":1}""", "temperature")]
    [InlineData("""{"top_p":1,"TOP_P":1}""", "top_p")]
    [InlineData("""{"n":1,"N":1}""", "n")]
    [InlineData("""{"stop":null,"stop":null}""", "stop")]
    [InlineData("""{"stream_options":{"include_usage":true,"include_usage":false}}""", "stream_options.include_usage")]
    public void TryParse_KeyTwice_IsRefused(string json, string param)
    {
        Assert.False(RequestParser.TryParse(Encoding.UTF8.GetBytes(json), strict: false, out _, out var error));

        Assert.Equal(("invalid_value", param), (error.Code, error.Param));
        Assert.Contains("twice", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"MODEL":"a"}""")]
    [InlineData("""{"ſtream":5}""")]
    [InlineData("""{"tools":1,"tools":2,"models":1,"mode":2,"mödel":3,"\u00c5\u00bftream":4,"stream":true}""")]
    [InlineData("""{"messages":[{"model":"a","model":"b"}],"x":{"stream":1,"stream":2}}""")]
    public void TryParse_OtherKeys_AreNoneOfOurs(string json)
    {
        Assert.True(RequestParser.TryParse(Encoding.UTF8.GetBytes(json), strict: false, out var request, out var error), error?.Message);
        Assert.False(request.Model.IsPresent);
    }

    private static ApiError Refuse(byte[] json)
    {
        Assert.False(RequestParser.TryParse(json, strict: true, out _, out var error));
        Assert.Equal(400, error.Status);
        return error;
    }

    // The body's own object is the first of the levels.
    private static byte[] Nested(string open, string close, int depth, bool inMessages = false)
    {
        var (head, tail, levels) = inMessages ? ("""{"messages":[{"role":"user","content":[""", "]}]}", 4) : ("{\"x\":", "}", 1);
        return Encoding.UTF8.GetBytes(head
            + string.Concat(Enumerable.Repeat(open, depth - levels)) + (open == "[" ? "" : "1") + string.Concat(Enumerable.Repeat(close, depth - levels)) + tail);
    }
}
