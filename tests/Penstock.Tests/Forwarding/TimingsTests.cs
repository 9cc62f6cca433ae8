using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Protocol;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Forwarding;

/// <summary>What llama.cpp says of the time that an answer took, on its way to the record of the call.</summary>
public sealed class TimingsTests
{
    private const string Timings = "\"timings\":{\"cache_n\":32,\"prompt_n\":8,\"prompt_ms\":9.5,\"predicted_per_second\":50.0}";
    private const string Usage = "\"usage\":{\"prompt_tokens\":40,\"completion_tokens\":1}";

    [Fact]
    public async Task Whole_CachedTokens_AreThoseOfTheTimings()
    {
        using var rig = new ForwardingRig();
        var backend = rig.Add("a", () => ScriptedBackend.Answer(
            200, $$"""{"choices":[{"index":0,"message":{"content":"hi"},"finish_reason":"stop"}],{{Usage}},{{Timings}}}"""));
        var call = rig.Call(stream: false, ForwardingRig.Pool(backend));

        await rig.AnswerAsync(call);

        Assert.Equal(new TokenUsage(40, 1, 32), call.Record.Usage);
    }

    [Theory]
    [InlineData("{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}", "{\"choices\":[]," + Usage + "," + Timings + "}")]
    [InlineData("{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]," + Timings + "}", "{\"choices\":[]," + Usage + "}")]
    public async Task Streamed_CachedTokens_AreThoseOfTheTimings_WhicheverChunkHasThem(string finish, string last)
    {
        using var rig = new ForwardingRig();
        var backend = rig.Add("a", () => ScriptedBackend.Stream(null, Content, $"data: {finish}\n\n", $"data: {last}\n\n", "data: [DONE]\n\n"));
        var call = rig.Call(stream: true, ForwardingRig.Pool(backend));

        var text = await rig.AnswerAsync(call);

        Assert.Equal(new TokenUsage(40, 1, 32), call.Record.Usage);
        Assert.Contains(Timings, text, StringComparison.Ordinal);
    }

    // As late as they come with more prompt than they had to read: what was cached cost nothing.
    [Fact]
    public async Task Streamed_FirstToken_TeachesTheSeats()
    {
        var time = new ManualTime();
        using var rig = new ForwardingRig(time);
        var delay = TimeSpan.FromSeconds(1);
        var backend = rig.Add("a", (_, _) =>
        {
            time.Advance(delay);
            return ValueTask.FromResult(ScriptedBackend.Stream(null, Content, "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]," + Timings + "}\n\n", "data: [DONE]\n\n"));
        });
        var told = new EngineReport(EngineOutcome.Told, new EngineReading { Kind = EngineKind.Ollama, ReadAt = 0 });
        backend.State.Told(told, time);
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 8; i++) await rig.AnswerAsync(rig.Call(stream: true, ForwardingRig.Pool(backend)));
            // Another one was there at the same time.
            backend.State.Learned.Reached(2);
            backend.State.Told(told, time);
            delay *= 3;
        }

        Assert.Equal(1, backend.Seats);
    }

    // By all of its time, for the tokens that it read and wrote.
    [Fact]
    public async Task Whole_Answer_TeachesTheSeats()
    {
        var time = new ManualTime();
        using var rig = new ForwardingRig(time);
        var delay = TimeSpan.FromSeconds(1);
        var backend = rig.Add("a", (_, _) =>
        {
            time.Advance(delay);
            return ValueTask.FromResult(ScriptedBackend.Answer(200, $$"""{"choices":[{"index":0,"message":{"content":"hi"},"finish_reason":"stop"}],{{Usage}}}"""));
        });
        var told = new EngineReport(EngineOutcome.Told, new EngineReading { Kind = EngineKind.Ollama, ReadAt = 0 });
        backend.State.Told(told, time);
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 8; i++) await rig.AnswerAsync(rig.Call(stream: false, ForwardingRig.Pool(backend)));
            // Another one was there at the same time.
            backend.State.Learned.Reached(2);
            backend.State.Told(told, time);
            delay *= 4;
        }

        Assert.Equal(1, backend.Seats);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Calls_GivenUpBeforeTheirAnswer_TeachTheSeats(bool stream)
    {
        var time = new ManualTime();
        using var rig = new ForwardingRig(time) { Retry = new RetryConfig { Attempts = 1 } };
        var answers = true;
        var backend = rig.Add(
            "a",
            async (_, cancellation) =>
            {
                time.Advance(TimeSpan.FromSeconds(answers ? 1 : 20));
                if (!answers) await Task.Delay(System.Threading.Timeout.Infinite, cancellation);
                return stream
                    ? ScriptedBackend.Stream(null, Content, "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n", "data: [DONE]\n\n")
                    : ScriptedBackend.Answer(200, $$"""{"choices":[{"index":0,"message":{"content":"hi"},"finish_reason":"stop"}],{{Usage}}}""");
            },
            c => c with { Timeout = TimeSpan.FromSeconds(10), FirstTokenTimeout = TimeSpan.FromSeconds(10) });
        var told = new EngineReport(EngineOutcome.Told, new EngineReading { Kind = EngineKind.Ollama, ReadAt = 0 });
        backend.State.Told(told, time);
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 8; i++) await rig.AnswerAsync(rig.Call(stream, ForwardingRig.Pool(backend)));
            backend.State.Learned.Reached(2);
            backend.State.Told(told, time);
            answers = false;
        }

        Assert.Equal(1, backend.Seats);
    }

    // Nobody knows how much work it was; but the server does answer.
    [Fact]
    public async Task Whole_AnswersWithoutUsage_LetTheSeatsGrow_WhenThereAreAsManyAsSeats()
    {
        var time = new ManualTime();
        using var rig = new ForwardingRig(time);
        var backend = rig.Add("a", (_, _) => ValueTask.FromResult(ScriptedBackend.Answer(200, """{"choices":[{"index":0,"message":{"content":"hi"},"finish_reason":"stop"}]}""")));
        var told = new EngineReport(EngineOutcome.Told, new EngineReading { Kind = EngineKind.Ollama, ReadAt = 0 });
        backend.State.Told(told, time);
        for (var i = 1; i <= SeatFinder.FirstGuess; i++)
        {
            Assert.Equal(SeatFinder.FirstGuess, backend.Seats);
            await rig.AnswerAsync(rig.Call(stream: false, ForwardingRig.Pool(backend)));
            backend.State.Learned.Reached(SeatFinder.FirstGuess);
            backend.State.Told(told, time);
        }

        Assert.InRange(backend.Seats!.Value, SeatFinder.FirstGuess + 1, 20);
    }

    private const string Content = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"},\"finish_reason\":null}]}\n\n";
}
