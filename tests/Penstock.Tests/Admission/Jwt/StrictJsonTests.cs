using System.Text;
using Penstock.Admission.Jwt;
using Xunit;

namespace Penstock.Tests.Admission.Jwt;

public sealed class StrictJsonTests
{
    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"a\"")]
    [InlineData("{")]
    [InlineData("{}x")]
    [InlineData("{}{}")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{\"a\":1/**/}")]
    [InlineData("{'a':1}")]
    [InlineData("{\"a\":01}")]
    [InlineData("{\"a\":NaN}")]
    [InlineData("\ufeff{}")]
    [InlineData("{\"a\":1,\"a\":1}")]
    [InlineData("{\"a\":1,\"\\u0061\":2}")]
    [InlineData("{\"b\":{\"a\":1,\"a\":2}}")]
    [InlineData("{\"b\":[{\"a\":1,\"a\":2}]}")]
    [InlineData("{\"\\ud800\":1}")]
    public void Parse_NoOneObject_IsNull(string json) => Assert.Null(StrictJson.Parse(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData(new byte[] { (byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}' })]
    [InlineData(new byte[] { (byte)'{', (byte)'"', 0xC0, 0xAF, (byte)'"', (byte)':', (byte)'1', (byte)'}' })]
    [InlineData(new byte[] { (byte)'{', (byte)'"', 0xED, 0xA0, 0x80, (byte)'"', (byte)':', (byte)'1', (byte)'}' })]
    public void Parse_NotUtf8_IsNull(byte[] json) => Assert.Null(StrictJson.Parse(json));

    [Fact]
    public void Parse_DeepNesting_IsNull()
    {
        Assert.NotNull(StrictJson.Parse(Encoding.UTF8.GetBytes(Nested(10))));
        Assert.Null(StrictJson.Parse(Encoding.UTF8.GetBytes(Nested(20))));
        Assert.Null(StrictJson.Parse(Encoding.UTF8.GetBytes(Nested(2000))));
    }

    [Theory]
    [InlineData("""{"a":"x"}""", true, "x")]
    [InlineData("""{"a":""}""", true, "")]
    [InlineData("""{"A":"x"}""", true, null)]
    [InlineData("""{"a":null}""", false, null)]
    [InlineData("""{"a":1}""", false, null)]
    [InlineData("""{"a":["x"]}""", false, null)]
    [InlineData("""{"a":"\ud800"}""", false, null)]
    public void TryString_Member_IsAString(string json, bool isFine, string? value)
    {
        Assert.Equal(isFine, Parse(json).TryString("a", out var found));
        Assert.Equal(value, found);
    }

    [Theory]
    [InlineData("""{"a":"x"}""", true, "x")]
    [InlineData("""{"a":["x","y"]}""", true, "x,y")]
    [InlineData("""{"a":[]}""", true, "")]
    [InlineData("""{}""", true, null)]
    [InlineData("""{"a":[1]}""", false, null)]
    [InlineData("""{"a":["x",null]}""", false, null)]
    [InlineData("""{"a":{}}""", false, null)]
    public void TryStrings_Member_IsOneOrSeveral(string json, bool isFine, string? values)
    {
        Assert.Equal(isFine, Parse(json).TryStrings("a", out var found));
        Assert.Equal(values, found is null ? null : string.Join(',', found));
    }

    [Fact]
    public void TryStrings_MoreThan256_IsRefused()
    {
        Assert.True(Parse($$"""{"a":[{{string.Join(',', Enumerable.Repeat("\"x\"", 256))}}]}""").TryStrings("a", out _));
        Assert.False(Parse($$"""{"a":[{{string.Join(',', Enumerable.Repeat("\"x\"", 257))}}]}""").TryStrings("a", out _));
    }

    [Theory]
    [InlineData("""{"a":0}""", true, 0.0)]
    [InlineData("""{"a":1.5}""", true, 1.5)]
    [InlineData("""{"a":1e3}""", true, 1000.0)]
    [InlineData("""{}""", true, null)]
    [InlineData("""{"a":-1}""", false, null)]
    [InlineData("""{"a":16725225601}""", false, null)]
    [InlineData("""{"a":1e999}""", false, null)]
    [InlineData("""{"a":"1"}""", false, null)]
    [InlineData("""{"a":null}""", false, null)]
    [InlineData("""{"a":true}""", false, null)]
    public void TryTime_Member_IsInBounds(string json, bool isFine, double? seconds)
    {
        Assert.Equal(isFine, Parse(json).TryTime("a", out var found));
        Assert.Equal(seconds, (found - DateTimeOffset.UnixEpoch)?.TotalSeconds);
    }

    private static StrictJson Parse(string json) => StrictJson.Parse(Encoding.UTF8.GetBytes(json))!;

    private static string Nested(int depth) =>
        string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth);
}
