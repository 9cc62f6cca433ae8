using Penstock.Routing.Prefix;
using Xunit;

namespace Penstock.Tests.Routing.Prefix;

public sealed class TableHomeTests
{
    // Hashes that differ in some of their bits only, as somebody would choose them: 64 of them fall on one place of 65,536 once in 2^1000 processes.
    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(48)]
    public void Of_LikeHashes_HaveMostlyHomesOfTheirOwn(int shift)
    {
        var homes = Enumerable.Range(1, 64).Select(i => TableHome.Of((ulong)(i * 977) << shift, 65_536)).ToArray();

        Assert.All(homes, home => Assert.InRange(home, 0, 65_535));
        Assert.InRange(homes.Distinct().Count(), 16, 64);
    }
}
