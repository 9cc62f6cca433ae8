using FsCheck.Fluent;
using Penstock.Routing.Prefix;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Routing.Prefix;

/// <summary>What servers' speeds are learned to be.</summary>
public sealed class ServerPaceTests
{
    [Fact]
    public void LearnPrefill_FirstFew_TheMiddleIsBelieved_ThenItMovesInSmallSteps()
    {
        var pace = new ServerPace();
        // A short prompt, and one that took no time, tell nothing; a model that is loaded, and a cache that nobody knew of, too much.
        pace.LearnPrefill(255, 0.001, 0);
        pace.LearnPrefill(1000, 0, 0);
        pace.LearnPrefill(1000, 60, 0);
        pace.LearnPrefill(100_000, 0.1, 0);
        pace.LearnPrefill(1000, 0.4, 0);
        pace.LearnPrefill(1000, 0.6, 0);
        Assert.Equal(double.NaN, pace.Read(0).PrefillRate);
        pace.LearnPrefill(1000, 0.5, 0);
        Assert.Equal(2000, pace.Read(0).PrefillRate);

        pace.LearnPrefill(1000, 0.001, 0);
        Assert.Equal(2160, pace.Read(0).PrefillRate, 6);
        pace.LearnPrefill(1000, 100, 0);
        Assert.Equal(1987.2, pace.Read(0).PrefillRate, 6);
    }

    // What its servers had cached nobody knows when a gateway begins anew, and looks as if they were fast.
    [Fact]
    public void LearnPrefill_New_WhatIsTooFastDoesNotLast()
    {
        var pace = new ServerPace();
        for (var i = 0; i < 11; i++) pace.LearnPrefill(4000, 0.05, 0);
        Assert.Equal(80_000, pace.Read(0).PrefillRate, 6);

        for (var i = 0; i < 35; i++) pace.LearnPrefill(4000, 0.8, 0);
        Assert.Equal(5000, pace.Read(0).PrefillRate, 6);
        for (var i = 0; i < 18; i++) pace.LearnPrefill(4000, 0.8, 0);
        pace.LearnPrefill(4000, 1, 0);

        // By then it is known.
        Assert.Equal(4900, pace.Read(0).PrefillRate, 6);
    }

    // One in five is faster: it is the faster ones that show how fast the server is.
    [Fact]
    public void LearnPrefill_MostAreSlowedDown_IsAboutTheFastFifth()
    {
        var pace = new ServerPace();
        for (var i = 0; i < 5000; i++) pace.LearnPrefill(1000, i % 10 is 0 or 4 or 7 ? 0.1 : 1, 0);

        Assert.InRange(pace.Read(0).PrefillRate, 8000, 10_000);
    }

    [Fact]
    public void Read_Waiting_IsReadOneAfterTheOther()
    {
        var pace = new ServerPace();
        var first = pace.Sent(5000, 10);
        var second = pace.Sent(5000, 10);
        Assert.Equal((0, 5000), (first.Before, second.Before));

        Assert.Equal((7500, 2, 0), Of(pace.Read(10.5)));
        // However long it takes: nine tenths of the first are the most that can have been read without an answer having begun.
        Assert.Equal((5500, 2, 0), Of(pace.Read(100)));
        Assert.Equal(1, pace.Began(first, 100));
        Assert.Equal(1, pace.Began(first, 100));
        Assert.Equal((5000, 1, 1), Of(pace.Read(100)));
        Assert.Equal(1, pace.Ended(second));
        Assert.Equal((0, 0, 1), Of(pace.Read(100)));
        Assert.Equal(1, pace.Ended(first));
        Assert.Equal(0, pace.Ended(first));
        Assert.Equal((0, 0, 0), Of(pace.Read(100)));
    }

    // A small call that waits long leaves nothing less than nothing to be read before the next.
    [Fact]
    public void Sent_AfterALongWait_HasNothingNegativeBefore()
    {
        var pace = new ServerPace();
        pace.Sent(10, 0);

        Assert.Equal(1, pace.Sent(50_000, 60).Before, 9);
    }

    // Nothing tells when the prompt of an answer was read that comes at once: it has been, when it should have been.
    [Fact]
    public void Read_WholeAnswers_RunWhenTheirPromptsShouldHaveBeenRead()
    {
        var pace = new ServerPace();
        var calls = Enumerable.Range(0, 3).Select(_ => pace.Sent(5000, 0, isWhole: true)).ToList();
        Assert.Equal((15_000, 3, 0), Of(pace.Read(0)));
        Assert.Equal((7500, 2, 1), Of(pace.Read(1.5)));
        pace.Ended(calls[1]);
        Assert.Equal((0, 0, 2), Of(pace.Read(4)));

        // Its end is told as that of any other.
        Assert.Equal(2, pace.Began(calls[0], 20));
        foreach (var call in calls) pace.Ended(call);
        Assert.Equal((0, 0, 0), Of(pace.Read(20)));
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
    public void LearnDecode_LittleIsKnown_IsTheUsual_ThenWhatOneInTwentyIsBelow()
    {
        var pace = new ServerPace();
        for (var i = 0; i < 15; i++) pace.LearnDecode(10, 0.02);
        pace.LearnDecode(0, 0.01);
        pace.LearnDecode(5, 0);
        Assert.Equal(ServerPace.UsualDecodeCost, pace.Read(0).DecodeCost);

        pace.LearnDecode(10, 0.01);
        Assert.Equal(0.001, pace.Read(0).DecodeCost, 9);
    }

    // A hundred answers to one call, or an answer that was kept back and came in one piece.
    [Fact]
    public void DecodeCost_FewSeemTooFast_IsThatOfTheOthers()
    {
        var cost = new DecodeCost();
        for (var i = 0; i < 512; i++) cost.Observe(10, i % 25 == 0 ? 0.0003 : i % 25 == 1 ? 0.00001 : 0.02);

        Assert.Equal(0.002, cost.Seconds, 9);
    }

    [Fact]
    public void DecodeCost_BecomesSlower_IsSeenAfterAWindow()
    {
        var cost = new DecodeCost();
        for (var i = 0; i < 256; i++) cost.Observe(10, 0.01);
        for (var i = 0; i < 128; i++) cost.Observe(10, 0.03);
        Assert.Equal(0.001, cost.Seconds, 9);

        for (var i = 0; i < 128; i++) cost.Observe(10, 0.03);

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
    public void Even_NotYetShown_CountsAsTheOthers()
    {
        PaceReading[] paces = [new(double.NaN, 0.001, 0, 0, 0), new(1000, 0.001, 0, 0, 0)];
        PaceReading[] unknown = [new(double.NaN, 0.001, 0, 0, 0)];

        PaceReading.Even(paces);
        PaceReading.Even(unknown);

        Assert.Equal([1000, 1000], paces.Select(pace => pace.PrefillRate));
        Assert.Equal(PaceReading.UsualPrefillRate, unknown[0].PrefillRate);
    }

    // Who seemed slow is sent nothing, and could show nothing else.
    [Fact]
    public void Even_ShownLongAgo_IsForgotten()
    {
        PaceReading[] now = [new(50, 0.001, 0, 0, 0), new(5000, 0.001, 0, 0, 0)];
        PaceReading[] later = [now[0] with { Age = 1200 }, now[1]];

        PaceReading.Even(now);
        var usual = PaceReading.Even(later).PrefillRate;

        Assert.Equal(50, now[0].PrefillRate, 6);
        Assert.InRange(later[0].PrefillRate, usual * 0.99, usual * 1.01);
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

    // What is used a moment later, by a clock that was read a moment earlier, has not been unused for 49 days.
    [Fact]
    public void Returned_LessThanNoTimeAgo_IsNoTimeAgo()
    {
        var returns = new ReturnTimes();
        for (var i = 0; i < 100; i++) returns.Returned(unchecked((uint)-3));

        Assert.Equal(0, returns.ChanceAfter(60_000));
        Assert.InRange(returns.ChanceAfter(unchecked((uint)-3)), 0.9, 1);
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
