using FsCheck.Fluent;
using Penstock.Backends.Echo;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Backends;

public sealed class EchoTextTests
{
    [Fact]
    public void Words_AnyText_JoinToIt()
    {
        var text = Gen.Elements("a", "bc", " ", "\n", "\t", "\u00a0", "😀", ".", "\u3000").ListOf().Select(string.Concat);
        ForAll.Check(text, t =>
        {
            var words = EchoText.Words(t);

            Assert.Equal(t, string.Concat(words));
            Assert.Equal(t.Trim().Length == 0 ? Math.Min(t.Length, 1) : EchoText.CountWords(t), words.Count);
            Assert.Equal(t.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length, EchoText.CountWords(t));
        }, 1000);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("hello", 1)]
    [InlineData("Echo: hello", 2)]
    [InlineData(" \t\r\n", 0)]
    [InlineData(" a  b\nc ", 3)]
    public void CountWords_Text_CountsWhatWhiteSpaceSeparates(string text, int expected) => Assert.Equal(expected, EchoText.CountWords(text));
}
