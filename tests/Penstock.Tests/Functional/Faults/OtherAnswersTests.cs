using System.Globalization;
using System.Net;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Faults;

/// <summary>What holds for streams of chat completions holds for whole answers and on other routes, too.</summary>
public sealed class OtherAnswersTests : FaultTest
{
    private const string Short = "timeout: 1, first_token_timeout: 1, idle_timeout: 1";

    [Theory]
    [InlineData("429")]
    [InlineData("500")]
    [InlineData("503")]
    [InlineData("reset")]
    [InlineData("closed")]
    [InlineData("silent")]
    [InlineData("cut")]
    [InlineData("stalled")]
    [InlineData("stream")]
    public async Task WholeAnswer_PrimaryFails_CallerGetsTheSpares(string fault)
    {
        Primary.Script = fault switch
        {
            "reset" => Scripts.ResetBeforeHeaders(),
            "closed" => Scripts.CloseBeforeHeaders(),
            "silent" => Scripts.NeverAnswers(),
            "cut" => HalfAnAnswer(e => e.ResetAsync()),
            "stalled" => HalfAnAnswer(e => e.WaitForClientAbortAsync()),
            "stream" => Scripts.Stream(Text),
            _ => Scripts.Error(int.Parse(fault, CultureInfo.InvariantCulture)),
        };
        await using var gateway = await StartAsync(Short);

        using var response = await gateway.ChatAsync();

        var json = await response.JsonAsync();
        Assert.Equal(Text, json.Content());
        Assert.Equal("spare", json.Text("backend"));
        Assert.Equal("spare", Answers.HeaderOf(response, "X-Backend"));
        if (fault is "silent" or "stalled") Assert.Single(Primary.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TextCompletion_StreamIsCut_CallerGetsAllOfIt(bool byReset)
    {
        Primary.Script = TextStream(40, byReset);
        Spare.Script = TextStream(null, byReset: false);
        await using var gateway = await StartAsync();

        using var response = await gateway.StreamAsync("/v1/completions", """{"model":"m","prompt":"x","stream":true}""");
        using var body = await ArrivingBody.OfAsync(response);
        var events = SseText.Parse(await body.ReadToEndAsync());

        Assert.True(events.IsDone, body.Text);
        Assert.Equal(Text, string.Concat(events.Json.Select(c => c.GetProperty("choices")[0].Text("text"))));
        Assert.Single(events.Json, c => c.GetProperty("choices")[0].Text("finish_reason") == "stop");
        Assert.Single(Spare.Requests);
    }

    [Fact]
    public async Task Embedding_PrimaryFails_CallerGetsTheSpares()
    {
        const string Embedding = """{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5]}],"model":"e","usage":{"prompt_tokens":1,"total_tokens":1}}""";
        Primary.Script = Scripts.Error(503);
        Spare.Script = Scripts.Json(200, Embedding);
        await using var gateway = await StartAsync();

        using var response = await gateway.PostAsync("/v1/embeddings", """{"model":"m","input":"x"}""");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Embedding, await response.Content.ReadAsStringAsync());
        Assert.Equal("spare", Answers.HeaderOf(response, "X-Backend"));
    }

    [Fact]
    public async Task Form_PrimaryFails_ItIsSentAgainWhole()
    {
        Primary.Script = Scripts.Error(503);
        Spare.Script = Scripts.Json(200, """{"text":"heard"}""");
        await using var gateway = await StartAsync();
        // More than is kept in memory.
        var sound = new byte[3 * 1024 * 1024];
        new Random(1).NextBytes(sound);
        using var form = new MultipartFormDataContent
        {
            { new StringContent("m"), "model" },
            { new ByteArrayContent(sound), "file", "sound.wav" },
        };

        using var response = await gateway.Client.PostAsync("/v1/audio/transcriptions", form);

        Assert.Equal("""{"text":"heard"}""", await response.Content.ReadAsStringAsync());
        Assert.True(Assert.Single(Spare.Requests).Body.AsSpan().IndexOf(sound) > 0, "The file did not come whole.");
    }

    [Fact]
    public async Task Response_FailsAsItsFirstEvent_CallerGetsTheSpares()
    {
        Primary.Script = Scripts.Error(500);
        Spare.Script = async exchange =>
        {
            await exchange.StartSseAsync();
            await exchange.EventAsync("""{"type":"response.created","response":{"id":"r"}}""");
            await exchange.EventAsync("""{"type":"response.output_text.delta","delta":"Hello"}""");
            await exchange.EventAsync("""{"type":"response.completed","response":{"id":"r"}}""");
            await exchange.FinishChunksAsync();
        };
        await using var gateway = await StartAsync();

        using var response = await gateway.StreamAsync("/v1/responses", """{"model":"m","input":"x","stream":true}""");
        var text = await response.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(3, SseText.Parse(text).Events.Count);
        Assert.Equal("spare", Answers.HeaderOf(response, "X-Backend"));
    }

    private static Func<ScriptedExchange, Task> HalfAnAnswer(Func<ScriptedExchange, Task> then) => async exchange =>
    {
        var answer = ChatJson.Completion(Text);
        await exchange.HeadAsync(200, ("Content-Type", "application/json"), ("Content-Length", $"{answer.Length}"));
        await exchange.WriteAsync(answer[..(answer.Length / 2)]);
        await then(exchange);
    };

    private static Func<ScriptedExchange, Task> TextStream(int? cutAfter, bool byReset) => async exchange =>
    {
        await exchange.StartSseAsync();
        foreach (var piece in ChatJson.Pieces(Text).Take(cutAfter ?? Words))
            await exchange.EventAsync($$"""{"id":"cmpl-1","object":"text_completion","created":1,"model":"u","choices":[{"index":0,"text":{{ChatJson.Quote(piece)}},"logprobs":null,"finish_reason":null}]}""");
        if (cutAfter is not null)
        {
            await (byReset ? exchange.ResetAsync() : exchange.CloseAsync());
            return;
        }

        await exchange.EventAsync("""{"id":"cmpl-1","object":"text_completion","created":1,"model":"u","choices":[{"index":0,"text":"","logprobs":null,"finish_reason":"stop"}]}""");
        await exchange.EventAsync("[DONE]");
        await exchange.FinishChunksAsync();
    };
}
