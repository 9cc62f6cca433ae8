using Penstock.Protocol;
using Penstock.Routing.Prefix;
using Xunit;

namespace Penstock.Tests.Routing.Prefix;

public sealed class CacheReportsTests
{
    private readonly CacheReports _reports = new();

    [Fact]
    public void Read_NeverAny_IsNotKnown()
    {
        Assert.Null(Read(null));
        Assert.Null(Read(0));
        Assert.False(_reports.AreTold);
    }

    [Fact]
    public void Read_HasTold_IsWhatItSays()
    {
        Assert.Equal(7, Read(7));
        Assert.Equal(0, Read(0));
        Assert.True(_reports.AreTold);
    }

    // Some leave it out where it is nothing.
    [Fact]
    public void Read_SaysNothing_IsNothingAFewTimes()
    {
        Read(7);

        Assert.Equal([0, 0, 0, null], Enumerable.Range(0, 4).Select(_ => Read(null)));
        Assert.False(_reports.AreTold);
        Assert.Null(Read(0));
        Assert.Equal(9, Read(9));
    }

    [Fact]
    public void Read_SaysSomethingInBetween_TellsOn()
    {
        Read(7);
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal([0, 0, 0], Enumerable.Range(0, 3).Select(_ => Read(null)));
            Assert.Equal(7, Read(7));
        }
    }

    // Nothing was to be there, and of embeddings nobody tells.
    [Theory]
    [InlineData(false, 5, 0L)]
    [InlineData(true, 0, null)]
    public void Read_SaysNothing_WhereNothingIsToBeSaid_TellsOn(bool isExpected, long completion, long? expected)
    {
        Read(7);

        Assert.All(Enumerable.Range(0, 10), _ => Assert.Equal(expected, _reports.Read(new TokenUsage(100, completion), isExpected, 0)));
        Assert.True(_reports.AreTold);
    }

    [Fact]
    public void Read_ServerBeganAnew_HasToTellAgain()
    {
        Read(7);

        Assert.Null(_reports.Read(new TokenUsage(100, 5), isExpected: true, incarnation: 1));
        Assert.Null(_reports.Read(new TokenUsage(100, 5, 0), isExpected: true, incarnation: 1));
        Assert.False(_reports.AreTold);
    }

    private long? Read(long? said) => _reports.Read(new TokenUsage(100, 5, said), isExpected: true, incarnation: 0);
}
