using Penstock.Endpoints;
using Xunit;

namespace Penstock.Tests.Endpoints;

public sealed class ExpectedOutputTests
{
    [Theory]
    [InlineData(1, null, 256, 256, 256)]
    [InlineData(1, 100L, 256, 100, 100)]
    [InlineData(1, 1000L, 256, 1000, 1000)]
    [InlineData(1, 1_000_000_000L, 256, 1_000_000_000, 1024)]
    [InlineData(3, 4096L, 256, 3 * 4096, 3 * 1024)]
    [InlineData(2, null, 500, 1000, 1000)]
    [InlineData(8, 1L, 256, 8, 8)]
    [InlineData(int.MaxValue, 1L, 256, int.MaxValue, 8)]
    [InlineData(128, null, 256, 128 * 256, 8 * 256)]
    [InlineData(0, null, 256, 0, 0)]
    public void AtMost_AndLikely_AreTheClaimAndWhatIsToBeBelieved(int choices, long? max, long usual, long most, long likely)
    {
        var output = new ExpectedOutput(choices, max);

        Assert.Equal((most, likely), (output.AtMost(usual), output.Likely(usual)));
    }

    // The text of each is there.
    [Fact]
    public void Likely_OfManyPrompts_IsAnAnswerToEach() =>
        Assert.Equal(100 * 8 * 256, new ExpectedOutput(100 * 50, null) { Prompts = 100 }.Likely(256));

    [Theory]
    [InlineData(256)]
    [InlineData(1_000_000_000_000)]
    public void AtMost_AndLikely_OfTheLargestNumbers_DoNotOverflow(long usual)
    {
        var output = new ExpectedOutput(int.MaxValue, long.MaxValue);

        Assert.InRange(output.Likely(usual), 1, output.AtMost(usual));
        Assert.InRange(output.AtMost(usual), 1, long.MaxValue - int.MaxValue);
    }
}
