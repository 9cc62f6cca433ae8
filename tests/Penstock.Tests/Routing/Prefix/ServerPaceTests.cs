using FsCheck.Fluent;
using Penstock.Routing.Prefix;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Routing.Prefix;

/// <summary>What servers' speeds are learned to be.</summary>
public sealed class ServerPaceTests
{
    [Fact]
    public void LearnPrefill_FirstIsBelieved_ThenItMovesInSmallSteps()
    {
        var pace = new ServerPace();
        Assert.Equal(ServerPace.UsualPrefillRate, pace.Read(0).PrefillRate);

        pace.LearnPrefill(255, 0.001);
        pace.LearnPrefill(1000, 0);
        Assert.Equal(ServerPace.UsualPrefillRate, pace.Read(0).PrefillRate);
        pace.LearnPrefill(1000, 0.5);
        Assert.Equal(2000, pace.Read(0).PrefillRate);
        pace.LearnPrefill(1000, 0.001);
        Assert.Equal(2160, pace.Read(0).PrefillRate, 6);
        pace.LearnPrefill(1000, 100);
        Assert.Equal(2116.8, pace.Read(0).PrefillRate, 6);
    }

    // One in five is faster: it is the faster ones that show how fast the server is.
    [Fact]
    public void LearnPrefill_MostAreSlowedDown_IsAboutTheFastFifth()
    {
        var pace = new ServerPace();
        for (var i = 0; i < 5000; i++) pace.LearnPrefill(1000, i % 10 is 0 or 4 or 7 ? 0.1 : 1);

        Assert.InRange(pace.Read(0).PrefillRate, 8000, 10_000);
    }

    [Fact]
    public void Read_Waiting_IsReadOneAfterTheOther()
    {
        var pace = new ServerPace();
        Assert.Equal(5000, pace.Sent(5000, 10));
        Assert.Equal(10_000, pace.Sent(5000, 10));

        Assert.Equal((7500, 2, 0), Of(pace.Read(10.5)));
        // However long it takes: nine tenths of the first are the most that can have been read without an answer having begun.
        Assert.Equal((5500, 2, 0), Of(pace.Read(100)));
        Assert.Equal(1, pace.Began(5000, 100));
        Assert.Equal((5000, 1, 1), Of(pace.Read(100)));
        pace.GaveUp(5000);
        Assert.Equal((0, 0, 1), Of(pace.Read(100)));
        Assert.Equal(1, pace.Ended());
        Assert.Equal((0, 0, 0), Of(pace.Read(100)));
    }

    [Fact]
    public void Read_OthersCalls_Count()
    {
        var pace = new ServerPace();
        pace.Sent(1000, 0);

        var reading = pace.Read(0, (Calls: 5, Waiting: 2));

        // The usual prompt has come to 50 tokens by then.
        Assert.Equal((1100, 3, 3), Of(reading));
    }

    [Fact]
    public void LearnDecode_LittleIsKnown_IsTheUsual_ThenTheLeast()
    {
        var pace = new ServerPace();
        for (var i = 0; i < 15; i++) pace.LearnDecode(10, 0.02);
        pace.LearnDecode(0, 0.000001);
        pace.LearnDecode(5, 0);
        Assert.Equal(ServerPace.UsualDecodeCost, pace.Read(0).DecodeCost);

        pace.LearnDecode(10, 0.01);
        Assert.Equal(0.001, pace.Read(0).DecodeCost, 9);
    }

    [Fact]
    public void DecodeCost_BecomesSlower_IsSeenAfterTwoWindows()
    {
        var cost = new DecodeCost();
        for (var i = 0; i < 256; i++) cost.Observe(10, 0.01);
        for (var i = 0; i < 255; i++) cost.Observe(10, 0.03);
        Assert.Equal(0.001, cost.Seconds, 9);

        cost.Observe(10, 0.03);

        Assert.Equal(0.003, cost.Seconds, 9);
    }

    [Fact]
    public void Even_AboutAsFast_CountAsEquallyFast()
    {
        PaceReading[] paces =
        [
            new(5000, 0.001, 100, 1, 2),
            new(6000, 0.0012, 200, 3, 4),
            new(20_000, 0.0001, 0, 0, 0),
        ];

        var usual = PaceReading.Even(paces);

        Assert.Equal(3 / ((1 / 5000.0) + (1 / 6000.0) + (1 / 20_000.0)), usual.PrefillRate, 6);
        Assert.Equal((300, 4, 6), Of(usual));
        Assert.Equal([usual.PrefillRate, usual.PrefillRate, 20_000], paces.Select(pace => pace.PrefillRate));
        Assert.Equal([usual.DecodeCost, 0.0012, 0.0001], paces.Select(pace => pace.DecodeCost));
        Assert.Equal([(100, 1, 2), (200, 3, 4), (0, 0, 0)], paces.Select(Of));
    }

    [Fact]
    public void ChanceAfter_IsHowManyCameBackLaterThanThat()
    {
        var returns = new ReturnTimes();
        Assert.Equal(0, returns.ChanceAfter(0));
        for (var i = 0; i < 999; i++) returns.Entered();
        for (var i = 0; i < 500; i++) returns.Returned(1000);
        for (var i = 0; i < 500; i++) returns.Returned(60_000);

        Assert.Equal(0.5, returns.ChanceAfter(0));
        // Of those that did not come back after a second.
        Assert.Equal(1 / 3.0, returns.ChanceAfter(30_000), 6);
        Assert.Equal(0, returns.ChanceAfter(3_600_000));
    }

    [Fact]
    public void ChanceAfter_AnyUses_IsAChance() => ForAll.Check(
        Gen.ArrayOf(from returned in ArbMap.Default.GeneratorFor<bool>()
                    from age in Gen.Choose(0, 10_000_000)
                    select (returned, age)),
        uses =>
        {
            var returns = new ReturnTimes();
            foreach (var (returned, age) in uses)
            {
                if (returned) returns.Returned((uint)age);
                else returns.Entered();
                Assert.InRange(returns.ChanceAfter((uint)age), 0, 1);
            }
        });

    private static (double Tokens, int Waiting, int Running) Of(PaceReading reading) => (reading.WaitingTokens, reading.Waiting, reading.Running);
}
