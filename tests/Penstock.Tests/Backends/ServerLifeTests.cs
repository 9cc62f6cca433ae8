using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Backends;

/// <summary>Which readings are of a server that began anew, and which of several behind one address.</summary>
public sealed class ServerLifeTests
{
    private readonly ManualTime _time = new();
    private readonly ServerLife _life = new();

    [Theory]
    [InlineData(10.0, 10.0, 10.0, 20.0, false)]
    [InlineData(10.0, 10.0, 20.0, 20.0, true)]
    // Reckoned from how long it runs.
    [InlineData(10.0, 10.0, 11.0, 20.0, false)]
    [InlineData(10.0, 10.0, 9.0, 20.0, false)]
    [InlineData(null, 10.0, null, 9.0, true)]
    [InlineData(null, 10.0, 20.0, 10.0, false)]
    [InlineData(null, null, null, 10.0, false)]
    [InlineData(null, null, null, null, false)]
    public void Reading_BeginsAnew_ByStartOrCounter(double? start, double? tokens, double? laterStart, double? laterTokens, bool expected)
    {
        Assert.False(Tell(start, tokens));

        Assert.Equal(expected, Tell(laterStart, laterTokens));
        Assert.False(_life.AreSeveral);
    }

    [Fact]
    public void Reading_OfAnotherKind_BeginsAnew()
    {
        Tell(null, 10);

        Assert.True(Tell(null, 20, EngineKind.Sglang));
    }

    [Fact]
    public void Servers_ThatTakeTurns_AreSeveral_AfterTheFirstEarlierStart()
    {
        bool[] anew = [.. Enumerable.Range(0, 20).Select(i => Tell(100 + (100 * (i % 2)), 10))];

        Assert.Equal([1], anew.Index().Where(told => told.Item).Select(told => told.Index));
        Assert.True(_life.AreSeveral);
    }

    [Fact]
    public void Servers_ThatTakeTurnsAndTellNoStart_AreSeveral_AfterThreeFallsOfTheirCounter()
    {
        bool[] anew = [.. Enumerable.Range(0, 20).Select(i => Tell(null, 1000 - (500 * (i % 2)) + i))];

        Assert.Equal([1, 3], anew.Index().Where(told => told.Item).Select(told => told.Index));
        Assert.True(_life.AreSeveral);
    }

    [Fact]
    public void Server_ThatFallsAndComesBack_IsOne_HoweverOften()
    {
        for (var i = 0; i < 10; i++)
        {
            Tell(null, 10);
            _life.WasGone();
            Assert.True(Tell(null, 5));
        }

        Assert.False(_life.AreSeveral);
    }

    [Fact]
    public void Server_WhosePlaceIsTakenByAnOlderOne_BeginsAnew()
    {
        Tell(200, null);
        _life.WasGone();

        Assert.True(Tell(100, null));
        Assert.False(Tell(100, null));
        Assert.False(_life.AreSeveral);
    }

    [Fact]
    public void Server_ThatIsReplacedNowAndThen_IsOne()
    {
        for (var i = 0; i < 10; i++)
        {
            Tell(null, 10);
            _time.Advance(TimeSpan.FromMinutes(1));
            Assert.True(Tell(null, 5));
        }

        Assert.False(_life.AreSeveral);
    }

    [Fact]
    public void Servers_ThatAreConfiguredAnew_MayBeOne()
    {
        Tell(200, null);
        Tell(100, null);
        Assert.True(_life.AreSeveral);

        _life.Reconfigured();

        Assert.True(Tell(300, null));
        Assert.False(Tell(300, null));
        Assert.False(_life.AreSeveral);
    }

    // A rollout, a trial: for a moment there were two.
    [Theory]
    [InlineData(200.0, null)]
    [InlineData(null, 1000.0)]
    public void Servers_OfWhichOneIsLeft_AreOneAgain_AndCountAsANewOne(double? start, double? tokens)
    {
        for (var i = 0; i < 10; i++) Tell(start - (100 * (i % 2)), tokens - (500 * (i % 2)));
        Assert.True(_life.AreSeveral);

        bool[] anew = [.. Enumerable.Range(0, 120).Select(i => Tell(start, tokens + i))];

        Assert.Equal([true], anew.Where(told => told));
        Assert.False(_life.AreSeveral);
        Assert.Equal((true, false), (Tell(start + 1000, 0), Tell(start + 1000, 1)));
    }

    [Fact]
    public void Servers_ThatAreGoneForAMoment_CountAsANewOne()
    {
        for (var i = 0; i < 10; i++) Tell(100 + (100 * (i % 2)), 10);
        Assert.True(_life.AreSeveral);

        _life.WasGone();

        Assert.Equal((true, false), (Tell(300, 0), Tell(300, 1)));
        Assert.False(_life.AreSeveral);
    }

    private bool Tell(double? start, double? tokens, EngineKind kind = EngineKind.Vllm)
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        return _life.HasBegunAnew(new EngineReading { Kind = kind, ReadAt = _time.GetTimestamp(), StartedAt = start, PromptTokensRead = tokens }, _time);
    }
}
