using System.Text.RegularExpressions;
using FsCheck.Fluent;
using Penstock.Configuration;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Configuration;

public sealed class ModelPatternTests
{
    [Theory]
    [InlineData("llama", "llama", true)]
    [InlineData("llama", "llama-3", false)]
    [InlineData("llama", "", false)]
    [InlineData("*", "", true)]
    [InlineData("*", "anything", true)]
    [InlineData("qwen-*", "qwen-7b", true)]
    [InlineData("qwen-*", "qwen-", true)]
    [InlineData("qwen-*", "qwen", false)]
    [InlineData("qwen-*", "Qwen-7b", false)]
    [InlineData("*-7b", "qwen-7b", true)]
    [InlineData("*-7b", "qwen-7b-chat", false)]
    [InlineData("a*a", "a", false)]
    [InlineData("a*a", "aa", true)]
    [InlineData("ab*ba", "aba", false)]
    [InlineData("*mid*", "amidst", true)]
    [InlineData("a*b*c", "aXbYbZc", true)]
    [InlineData("a*bc*c", "abc", false)]
    [InlineData("**", "x", true)]
    [InlineData("a.c*", "abc", false)]
    public void IsMatch_Model_AsTheStarSays(string pattern, string model, bool expected) =>
        Assert.Equal(expected, new ModelPattern(pattern).IsMatch(model));

    [Fact]
    public void IsMatch_AnyPattern_AgreesWithARegularExpression()
    {
        var letters = Gen.Elements('a', 'b', '*');
        var cases =
            from before in letters.ListOf().Resize(4)
            from after in letters.ListOf().Resize(4)
            from model in Gen.Elements('a', 'b').ListOf().Resize(8)
            select (Pattern: string.Concat(before) + "*" + string.Concat(after), Model: string.Concat(model));
        ForAll.Check(cases, c => Assert.Equal(
            Regex.IsMatch(c.Model, "^" + Regex.Escape(c.Pattern).Replace("\\*", ".*", StringComparison.Ordinal) + "$"),
            new ModelPattern(c.Pattern).IsMatch(c.Model)), 2000);
    }

    [Fact]
    public void Specificity_Pattern_CountsFixedCharacters() => Assert.Equal(4, new ModelPattern("a*bc**d").Specificity);

    [Theory]
    [InlineData("a*", true)]
    [InlineData("a", false)]
    [InlineData("a?", false)]
    public void IsPattern_Name_HasAStar(string name, bool expected) => Assert.Equal(expected, ModelPattern.IsPattern(name));
}
