using FsCheck.Fluent;
using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Backends;

public sealed class SeatFinderTests
{
    private readonly ManualTime _time = new();
    private readonly SeatFinder _seats = new();

    [Fact]
    public void Seats_NothingTold_NoLimit() => Assert.Equal((null, SeatSource.None), (_seats.Seats, _seats.Source));

    [Fact]
    public void Seats_FirstReading_AsManyAsThereMayBe()
    {
        Assert.False(Step(waiting: 0, inFlight: 0) && _seats.Seats is null);

        Assert.Equal((SeatFinder.Most, SeatSource.Learned), (_seats.Seats, _seats.Source));
    }

    [Fact]
    public void Seats_ServerWithSlots_AreItsSlots()
    {
        _seats.Step(Reading() with { Seats = 4 }, 0, _time);
        Assert.Equal((4, SeatSource.Slots), (_seats.Seats, _seats.Source));

        // However long ago it said so: it does not grow slots.
        _time.Advance(TimeSpan.FromMinutes(1));
        _seats.Step(Reading() with { Seats = 4, ReadAt = 0 }, 0, _time);
        Assert.Equal(4, _seats.Seats);

        Assert.True(_seats.Step(Reading() with { Seats = 8 }, 0, _time));
        Assert.True(_seats.Step(null, 0, _time));
        Assert.Equal((null, SeatSource.None), (_seats.Seats, _seats.Source));
    }

    [Fact]
    public void Seats_LineThatGoesAgain_CostsNone()
    {
        foreach (var waiting in (int[])[90, 80, 0, 90, 70, 1, 50]) Step(waiting, inFlight: 100);

        Assert.Equal(SeatFinder.Most, _seats.Seats);
    }

    [Fact]
    public void Seats_StaleReading_IsNoEvidence()
    {
        var stale = Reading() with { Waiting = 500, Running = 10 };
        _time.Advance(TimeSpan.FromSeconds(4));

        for (var i = 0; i < 20; i++) _seats.Step(stale, 510, _time);

        Assert.Equal(SeatFinder.Most, _seats.Seats);
    }

    // It crashed, and what it said last is still fresh.
    [Fact]
    public void Seats_ReadingThatWasCounted_IsNotCountedAgain()
    {
        Step(waiting: 90, inFlight: 100);
        Step(waiting: 90, inFlight: 100);
        var last = Reading() with { Waiting = 90, Running = 10 };

        for (var i = 0; i < 3; i++) _seats.Step(last, 0, _time);

        Assert.Equal(SeatFinder.Most, _seats.Seats);
    }

    // The page took a while to come: it tells of a line in which they still stood.
    [Fact]
    public void Seats_CallsThatEndedWhileItWasRead_WereInItsLine()
    {
        foreach (var _ in (int[])[1, 2]) Step(waiting: 90, inFlight: 100);
        _time.Advance(TimeSpan.FromSeconds(1));

        _seats.Step(Reading() with { Waiting = 90, Running = 10 }, 20, _time);

        Assert.Equal(50, _seats.Seats);
    }

    [Fact]
    public void Seats_ServerThatBeganAnew_HasAsManyUntilThereIsEvidence_AndGrowsFast()
    {
        for (var i = 0; i < 60; i++) StepLine(knee: 100, callers: 400);
        Step(waiting: 90, inFlight: 190);
        Step(waiting: 90, inFlight: 190);
        var found = _seats.Seats!.Value;

        _seats.BeginAnew();
        Step(waiting: 90, inFlight: 190);
        Assert.Equal(found, _seats.Seats);
        Step(waiting: 0, inFlight: found);

        Assert.InRange(_seats.Seats!.Value, 1.15 * found, 1.17 * found);
    }

    [Theory]
    [InlineData(256, 400)]
    [InlineData(40, 1000)]
    [InlineData(3, 50)]
    public void Seats_ServerWithALine_ComeToWhatItWorksOn(int knee, int callers)
    {
        for (var i = 0; i < 60; i++) StepLine(knee, callers);

        // A tenth may stand in the server's line, and it is found out by trying how long that is.
        Assert.InRange(_seats.Seats!.Value, knee, Math.Ceiling(knee * 1.35) + 2);
    }

    [Fact]
    public void Seats_WhenTheServerHasMoreRoom_GrowAgain()
    {
        for (var i = 0; i < 60; i++) StepLine(knee: 20, callers: 400);
        Assert.InRange(_seats.Seats!.Value, 20, 30);

        for (var i = 0; i < 60; i++) StepLine(knee: 200, callers: 400);

        Assert.InRange(_seats.Seats!.Value, 200, 275);
    }

    [Fact]
    public void Seats_NoLimitReached_StayAsTheyAre()
    {
        for (var i = 0; i < 10; i++) StepLine(knee: 20, callers: 400);
        // That they were all taken when it last looked is seen once more.
        Step(waiting: 0, inFlight: 1);
        var found = _seats.Seats;

        for (var i = 0; i < 50; i++) Step(waiting: 0, inFlight: 1);

        Assert.Equal(found, _seats.Seats);
    }

    [Theory]
    [InlineData(8, 200)]
    [InlineData(64, 500)]
    [InlineData(1, 100)]
    [InlineData(3, 1000)]
    public void Seats_ServerThatTellsOfNoLine_ComeToTheKneeOfItsFirstTokens(int knee, int callers)
    {
        // It has never seen the server with less to do: the gateway began under load.
        var most = Enumerable.Range(0, 1500).Max(step =>
        {
            StepTimes(knee, callers);
            return step < 1000 ? 0 : _seats.Seats!.Value;
        });

        // First tokens that come twice as late as at best are where it stops, which is at twice the knee.
        Assert.InRange(most, knee, (3 * knee) + 2);
    }

    [Theory]
    [InlineData(1, 100)]
    [InlineData(8, 200)]
    [InlineData(64, 500)]
    public void Seats_ServerAskedForWholeAnswers_ComeToItsKnee(int knee, int callers)
    {
        var most = Enumerable.Range(0, 1500).Max(step =>
        {
            StepTimes(knee, callers, written: 300);
            return step < 1000 ? 0 : _seats.Seats!.Value;
        });

        Assert.InRange(most, knee, (4 * knee) + 2);
    }

    [Fact]
    public void Seats_ServerThatTellsOfNoLine_BeginWithAFew_AndComeToManyInAMinute()
    {
        _seats.Step(Reading() with { Kind = EngineKind.Ollama }, 0, _time);
        Assert.Equal((SeatFinder.FirstGuess, SeatSource.Learned), (_seats.Seats, _seats.Source));

        for (var i = 0; i < 60; i++) StepTimes(knee: 2000, callers: 2000);

        Assert.Equal(SeatFinder.Most, _seats.Seats);
    }

    [Fact]
    public void Seats_AreMadeFewToMeasure_SeldomAndNotForLong()
    {
        for (var i = 0; i < 300; i++) StepTimes(knee: 100, callers: 1000);

        var few = Enumerable.Range(0, 3600).Count(_ =>
        {
            StepTimes(knee: 100, callers: 1000);
            return _seats.Seats < 75;
        });

        Assert.InRange(few, 1, 360);
    }

    [Fact]
    public void Seats_NotAllTaken_AreNotMadeFew()
    {
        for (var i = 0; i < 2000; i++)
        {
            StepTimes(knee: 100, callers: 10);
            Assert.Equal(SeatFinder.FirstGuess, _seats.Seats);
        }
    }

    // 6 ms a step and 0.35 ms for each call in it: ten times as late with 160 as alone, and four times as much done.
    [Fact]
    public void Seats_ServerThatWritesSlowerInCompany_AreEnoughToKeepItBusy()
    {
        var fewest = Enumerable.Range(0, 3000).Where(step => step >= 1000).Select(_ =>
        {
            StepTimes(knee: 1000, callers: 256, written: 300, perToken: 0.0005 * (1 + (0.06 * Math.Min(256, _seats.Seats ?? 256))));
            return _seats.Seats!.Value;
        }).Order().ElementAt(200);

        Assert.InRange(fewest, 40, 256);
    }

    [Fact]
    public void Seats_MeasuredWithFew_AreGivenBackWhenNobodyComes()
    {
        for (var i = 0; i < 2000 && !(_seats.Seats < SeatFinder.FirstGuess); i++) StepTimes(knee: SeatFinder.FirstGuess, callers: 1000);
        Assert.InRange(_seats.Seats!.Value, 1, SeatFinder.FirstGuess - 1);

        for (var i = 0; i < 3; i++) _seats.Step(Reading() with { Kind = EngineKind.Ollama }, 0, _time);

        Assert.InRange(_seats.Seats!.Value, SeatFinder.FirstGuess, SeatFinder.Most);
    }

    // Nobody of ours stands in its line; it may load a model, or work for others.
    [Fact]
    public void Seats_OneCallAtATimeThatBecameSlow_CostsNone()
    {
        for (var i = 0; i < 20; i++) StepTimes(knee: 1, callers: 1);

        for (var i = 0; i < 50; i++)
        {
            StepTimes(knee: 1, callers: 1, perToken: 0.01);
            Assert.Equal(SeatFinder.FirstGuess, _seats.Seats);
        }
    }

    [Fact]
    public void Seats_PromptsThatGrewLonger_AreNotALine()
    {
        for (var i = 0; i < 20; i++) StepTimes(knee: 1000, callers: 100, tokens: 200);

        for (var i = 0; i < 100; i++) StepTimes(knee: 1000, callers: 100, tokens: 20_000);

        Assert.InRange(_seats.Seats!.Value, 100, SeatFinder.Most);
    }

    // What was sent before the decrease takes its time, and nothing else is sent until it has ended: that shows nothing.
    [Fact]
    public void Seats_WhileMoreAreInFlightThanThereAre_DoNotGrow()
    {
        for (var i = 0; i < 20; i++) StepTimes(knee: 1000, callers: 16);
        for (var i = 0; i < 3; i++) StepTimes(knee: 2, callers: 16);
        var fewer = _seats.Seats!.Value;
        Assert.InRange(fewer, 1, SeatFinder.FirstGuess - 1);

        for (var i = 0; i < 60; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            for (var n = 0; n < 10; n++) _seats.ObserveFirstToken(TimeSpan.FromSeconds(0.5), 1000, _time.GetTimestamp());
            _seats.Step(Reading() with { Kind = EngineKind.Ollama }, SeatFinder.FirstGuess, _time);
            Assert.InRange(_seats.Seats!.Value, 1, fewer);
        }
    }

    // Such as when a cache that nobody tells of has become useless.
    [Fact]
    public void Seats_PromptsThatBecameDearer_AreTriedAndGivenBack()
    {
        for (var i = 0; i < 20; i++) StepTimes(knee: 1000, callers: 100, perToken: 0.0001);

        for (var i = 0; i < 200; i++) StepTimes(knee: 1000, callers: 100, perToken: 0.001);

        Assert.InRange(_seats.Seats!.Value, 101, SeatFinder.Most);
    }

    [Fact]
    public void Seats_WhateverHappens_StayWithinTheirBounds() => ForAll.Check(
        (from waiting in Gen.OneOf(Gen.Constant((int?)null), Gen.Choose(0, 2000).Select(n => (int?)n), Gen.Constant((int?)int.MaxValue))
         from running in Gen.OneOf(Gen.Constant((int?)null), Gen.Choose(0, 2000).Select(n => (int?)n))
         from inFlight in Gen.Choose(0, 3000)
         from answers in Gen.Choose(0, 20)
         from milliseconds in Gen.Choose(0, 100_000)
         from tokens in Gen.Choose(-5, 1_000_000)
         from seconds in Gen.Choose(0, 5)
         select (waiting, running, inFlight, answers, milliseconds, tokens, seconds)).ArrayOf(),
        steps =>
        {
            var (time, seats) = (new ManualTime(), new SeatFinder());
            foreach (var step in steps)
            {
                var reading = new EngineReading
                {
                    Kind = EngineKind.Vllm,
                    ReadAt = time.GetTimestamp(),
                    Waiting = step.waiting,
                    Running = step.running,
                };
                time.Advance(TimeSpan.FromSeconds(step.seconds));
                for (var i = 0; i < step.answers; i++)
                {
                    seats.ObserveFirstToken(TimeSpan.FromMilliseconds(step.milliseconds), step.tokens, time.GetTimestamp());
                    seats.ObserveWhole(TimeSpan.FromMilliseconds(step.milliseconds), step.tokens, step.tokens, time.GetTimestamp());
                    seats.ObserveNothing(time.GetTimestamp());
                    seats.ObserveUnanswered(TimeSpan.FromMilliseconds(step.milliseconds), step.tokens, step.tokens, isStream: step.tokens % 2 == 0, time.GetTimestamp());
                }

                var before = seats.Seats;
                var grew = seats.Step(reading, step.inFlight, time);
                Assert.InRange(seats.Seats!.Value, 1, SeatFinder.Most);
                Assert.Equal(seats.Seats > (before ?? int.MaxValue), grew);
            }
        });

    private EngineReading Reading() => new() { Kind = EngineKind.Vllm, ReadAt = _time.GetTimestamp() };

    private bool Step(int waiting, int inFlight)
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        return _seats.Step(Reading() with { Waiting = waiting, Running = inFlight - waiting }, inFlight, _time);
    }

    // Callers without end, of whom so many are let in, at a server that works on so many.
    private void StepLine(int knee, int callers)
    {
        var inFlight = Math.Min(callers, _seats.Seats ?? callers);
        Step(Math.Max(0, inFlight - knee), inFlight);
    }

    // The first token comes after the prompt was read, and later the more calls there are for what the server works on.
    private void StepTimes(int knee, int callers, int tokens = 1000, double perToken = 0.0005, int written = 0)
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        var inFlight = Math.Min(callers, _seats.Seats ?? callers);
        var after = TimeSpan.FromSeconds(perToken * (tokens + 256 + (40 * written)) * Math.Max(1, (double)inFlight / knee));
        for (var i = 0; i < 10; i++)
        {
            if (written == 0) _seats.ObserveFirstToken(after, tokens, _time.GetTimestamp());
            else _seats.ObserveWhole(after, tokens, written, _time.GetTimestamp());
        }

        _seats.Step(Reading() with { Kind = EngineKind.Ollama }, inFlight, _time);
    }
}
