using System.Text;
using System.Text.Json;
using FsCheck.Fluent;
using Penstock.Protocol;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class JsonTextTests
{
    [Fact]
    public void Quote_AnyText_ReadsBack()
    {
        var text = Gen.Elements("a", "\"", "\\", "\n", "\0", "é", "😀", "\u2028", "<", "'", "\u007f", "\t").ListOf().Select(string.Concat);
        ForAll.Check(text, t =>
        {
            var token = JsonText.Quote(t);

            Assert.Equal(t, JsonSerializer.Deserialize<string>(token));
            Assert.Equal(t, JsonText.Unquote(token, stackalloc char[8]).ToString());
        });
    }

    // A lone surrogate is no text: what stands for it in UTF-8 is the replacement character.
    [Fact]
    public void Quote_LoneSurrogate_IsReplaced() => Assert.Equal("a\uFFFDb", JsonSerializer.Deserialize<string>(JsonText.Quote("a\ud800b")));

    [Theory]
    [InlineData("\"\"", "")]
    [InlineData("\"abc\"", "abc")]
    [InlineData("\"123456789\"", "123456789")]
    [InlineData("\"a\\u0062c\"", "abc")]
    [InlineData("\"é😀\"", "é😀")]
    [InlineData("\"\\ud83d\\ude00\"", "😀")]
    [InlineData("\"x\\ud800\"", "x\\ud800")]
    public void Unquote_Token_IsItsText(string token, string expected) =>
        Assert.Equal(expected, JsonText.Unquote(Encoding.UTF8.GetBytes(token), stackalloc char[8]).ToString());

    [Fact]
    public void Unquote_AnyToken_NeverThrows() => ForAll.Check(JsonTexts.Token, token =>
        JsonText.Unquote(Encoding.UTF8.GetBytes(token), stackalloc char[16]).ToString());
}
