using System.Text.Json;
using Penstock.Server.Mock;
using Xunit;

namespace Penstock.Tests.Mock;

public sealed class WordsTests
{
    [Theory]
    [InlineData("""null""", 0)]
    [InlineData("\"\"", 0)]
    [InlineData("""  " two  words " """, 2)]
    [InlineData("""  "a\nb\tc\\n" """, 3)]
    [InlineData("""  "\u00e4 \"b\"" """, 2)]
    [InlineData("""[1, 2, 3]""", 3)]
    [InlineData("""[{"role":"user","content":"not the role"},{"content":[{"type":"text","text":"a b"}]}]""", 5)]
    public void Count_AnyPrompt_CountsTheWordsOfItsTexts(string json, int expected)
    {
        using var document = JsonDocument.Parse(json);

        Assert.Equal(expected, Words.Count(document.RootElement));
    }
}
