using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Backends;

/// <summary>What is learned of servers that take seconds and minutes for an answer, and say nothing of their lines.</summary>
public sealed class SlowServerSeatsTests
{
    private readonly Random _random = new(1);

    // Ollama, as it comes: eight answers take longer than a minute and a half.
    [Theory]
    [InlineData(true, 12)]
    [InlineData(false, 24)]
    public void Seats_OneAtATimeInTwelveSeconds_StayFew(bool streams, int most)
    {
        var loop = new ClosedLoop(atOnce: 1, callers: 1000, TwelveSeconds) { Streams = streams };

        Assert.InRange(loop.Run(TimeSpan.FromMinutes(30)).Most, 1, 24);
        Assert.InRange(loop.Run(TimeSpan.FromHours(3)).Most, 1, most);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Seats_ManyAtATimeInTwelveSeconds_AreFound(bool streams)
    {
        var loop = new ClosedLoop(atOnce: 64, callers: 1000, TwelveSeconds) { Streams = streams };

        Assert.InRange(loop.Run(TimeSpan.FromMinutes(5)).Most, 60, 260);
        // Of 19,200 that it could answer in an hour.
        Assert.InRange(loop.Run(TimeSpan.FromHours(1)).Served, 16_000, 19_300);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Seats_ManyAtATimeInTenMinutes_AreFound(bool streams)
    {
        var loop = new ClosedLoop(atOnce: 64, callers: 1000, TenMinutes) { Streams = streams };

        Assert.InRange(loop.Run(TimeSpan.FromHours(4)).Most, 60, 260);
    }

    // A short prompt costs more for each token than a long one, and a few answers that are all of short ones look dear.
    [Theory]
    [InlineData(2)]
    [InlineData(20)]
    public void Seats_ShortAndLongPrompts_AreEnoughToKeepTheServerBusy(int oneIn)
    {
        var loop = new ClosedLoop(atOnce: 16, callers: 1000, () => _random.Next(oneIn) == 0 ? Call(4.2, 5, 20_000, 200) : Call(0.2, 5, 100, 200))
        {
            Streams = true,
        };
        loop.Run(TimeSpan.FromMinutes(10));

        var possible = 16 * 3600 / (5.2 + (4.0 / oneIn));
        Assert.InRange(loop.Run(TimeSpan.FromHours(1)).Served, 0.75 * possible, 1.05 * possible);
    }

    // They hold more seats than a measurement with few calls would leave: it would wait for them, and everybody else for it.
    [Fact]
    public void Seats_CallsThatNeverEnd_DoNotHoldUpTheOthers()
    {
        var sent = 0;
        var loop = new ClosedLoop(atOnce: 64, callers: 1000, () => ++sent is > 4 and <= 12 ? Call(1, double.PositiveInfinity, 500, 400) : TwelveSeconds()) { Streams = true };

        Assert.InRange(loop.Run(TimeSpan.FromHours(1)).LongestSilence, 10, 90);
    }

    // Only those are answered who came soon to their turn: what they show is no line.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Seats_CallersWhoDoNotWaitForLong_AreAsMuchOfALine(bool streams)
    {
        var loop = new ClosedLoop(atOnce: 4, callers: 1000, TwelveSeconds) { Streams = streams, Patience = 30 };
        loop.Run(TimeSpan.FromMinutes(30));

        Assert.InRange(loop.Run(TimeSpan.FromHours(2)).Most, 4, 24);
        // Of 2,400.
        Assert.InRange(loop.Served, 1_600, 2_400);
    }

    // An editor that cancels its question with the next key: that nobody waited says nothing of the server.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Seats_MostCallersLeaveSoonerThanAnAnswerCanCome_AreNotTakenAway(bool streams)
    {
        var (seats, time) = (new SeatFinder(), new ManualTime());
        var after = TimeSpan.FromMilliseconds(250);
        for (var second = 0; second < 600; second++)
        {
            seats.Step(new EngineReading { Kind = EngineKind.Ollama, ReadAt = time.GetTimestamp() }, inFlight: 3, time);
            Assert.InRange(seats.Seats!.Value, SeatFinder.FirstGuess, SeatFinder.Most);
            var sentAt = time.GetTimestamp();
            time.Advance(TimeSpan.FromSeconds(1));
            for (var i = 0; i < 2; i++)
            {
                if (streams) seats.ObserveFirstToken(after, tokens: 500, sentAt);
                else seats.ObserveWhole(after, tokens: 500, written: 20, sentAt);
            }

            for (var i = 0; i < 20; i++) seats.ObserveUnanswered(TimeSpan.FromMilliseconds(120), tokens: 500, written: 20, streams, sentAt);
        }
    }

    [Fact]
    public void Seats_NobodyIsAnsweredFromTheFirst_StayAsTheyAre()
    {
        var loop = new ClosedLoop(atOnce: 1, callers: 1000, () => Call(60, 60, 500, 400)) { Patience = 30 };

        Assert.Equal(SeatFinder.FirstGuess, loop.Run(TimeSpan.FromHours(1)).Most);
    }

    [Fact]
    public void Seats_AnswersThatShowNothing_GrowByAsManyAsThereAre()
    {
        var loop = new ClosedLoop(atOnce: 1000, callers: 1000, () => new ServedCall(2, 10, 500, answer: null));

        Assert.Equal(SeatFinder.FirstGuess, loop.Run(TimeSpan.FromSeconds(11)).Most);
        Assert.InRange(loop.Run(TimeSpan.FromSeconds(12)).Most, SeatFinder.FirstGuess + 1, 20);
        Assert.InRange(loop.Run(TimeSpan.FromMinutes(4)).Most, 40, 250);
    }

    [Fact]
    public void Seats_NoAnswerAtAll_StayAsTheyAre()
    {
        var loop = new ClosedLoop(atOnce: 8, callers: 1000, () => Call(1, double.PositiveInfinity, 500, 400)) { Streams = true };

        Assert.Equal(SeatFinder.FirstGuess, loop.Run(TimeSpan.FromHours(1)).Most);
    }

    private ServedCall TwelveSeconds() => Sized(2, 10, 400);

    private ServedCall TenMinutes() => Sized(5, 595, 20_000);

    private ServedCall Sized(double reading, double writing, int answer)
    {
        var size = 0.7 + (0.6 * _random.NextDouble());
        return Call(reading * size, writing * size, (int)(500 * size), (int)(answer * size));
    }

    private static ServedCall Call(double reading, double writing, int prompt, int answer) => new(reading, writing, prompt, answer);
}
