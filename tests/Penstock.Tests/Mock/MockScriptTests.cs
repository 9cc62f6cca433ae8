using Penstock.Server.Mock;
using Xunit;

namespace Penstock.Tests.Mock;

public sealed class MockScriptTests
{
    [Theory]
    [InlineData("Mock", null, new[] { "Mock" })]
    [InlineData("one two", null, new[] { "one", " two" })]
    [InlineData(" one\n\ntwo ", null, new[] { " one", "\n\ntwo " })]
    [InlineData("Mock", 3, new[] { "Mock", " Mock", " Mock" })]
    [InlineData("one two ", 3, new[] { "one", " two ", "one" })]
    [InlineData("one two three", 2, new[] { "one", " two" })]
    [InlineData("  ", null, new[] { "  " })]
    [InlineData("", 3, new string[0])]
    public void Create_ContentAndCount_TokensAreTheContent(string content, int? count, string[] tokens)
    {
        var script = MockScript.Create(content, count);

        Assert.Equal(tokens, script.Tokens.Select(t => System.Text.Json.JsonSerializer.Deserialize<string>($"\"{t}\"")));
        Assert.Equal(string.Concat(script.Tokens.Select(t => t.Value)), script.Content.Value);
    }
}
