using Penstock.Configuration;
using Xunit;

namespace Penstock.Tests.Configuration;

public sealed class NearestNameTests
{
    private static readonly string[] Names = ["port", "host", "backends", "default_backend", "n"];

    [Theory]
    [InlineData("prot", "port")]
    [InlineData("PORT", "port")]
    [InlineData("hots", "host")]
    [InlineData("backend", "backends")]
    [InlineData("bakcends", "backends")]
    [InlineData("default-backend", "default_backend")]
    [InlineData("defaultbackend", "default_backend")]
    public void Hint_NearName_IsSuggested(string written, string expected) =>
        Assert.Equal($"; did you mean '{expected}'?", NearestName.Hint(written, Names));

    [Theory]
    [InlineData("x")]
    [InlineData("")]
    [InlineData("zzzz")]
    [InlineData("something_else")]
    public void Hint_FarName_SuggestsNothing(string written) => Assert.Equal("", NearestName.Hint(written, Names));

    [Fact]
    public void Hint_NoCandidates_SuggestsNothing() => Assert.Equal("", NearestName.Hint("port", []));
}
