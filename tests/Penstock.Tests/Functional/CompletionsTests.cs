using System.Net;
using System.Text.Json;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary><c>/v1/completions</c>, <c>/v1/embeddings</c> and the other JSON routes: the answer stays the upstream's, id and all.</summary>
public sealed class CompletionsTests : UpstreamTest
{
    private const string Completion = " {\"id\":\"cmpl-up\",\"object\":\"text_completion\",\"choices\":[{\"index\":0,\"text\":\"\\u0041\",\"finish_reason\":\"stop\"}],"
        + "\"x\":1e400,\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":22}}\n";

    [Theory]
    [InlineData("/v1/completions", Completion, "prompt_tokens=11 completion_tokens=22")]
    [InlineData("/v1/embeddings", "{\"object\":\"list\",\"id\":1,\"data\":[{\"embedding\":[0.1,1e-400]}],\"usage\":{\"prompt_tokens\":8,\"total_tokens\":8}}", "prompt_tokens=8")]
    [InlineData("/v1/responses", "{\"id\":\"resp_1\",\"object\":\"response\",\"error\":null,\"usage\":{\"input_tokens\":5,\"output_tokens\":6}}", "prompt_tokens=5 completion_tokens=6")]
    [InlineData("/v1/rerank", "{\"id\":\"rr\",\"results\":[{\"index\":0,\"relevance_score\":0.9}],\"usage\":{\"total_tokens\":3}}", "status=200")]
    [InlineData("/v1/moderations", "{\"id\":\"modr-1\",\"results\":[{\"flagged\":false}]}", "status=200")]
    [InlineData("/v1/images/generations", "{\"created\":1,\"data\":[{\"b64_json\":\"AAAA\"}],\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}", "prompt_tokens=1 completion_tokens=2")]
    [InlineData("/v1/audio/transcriptions", "{\"text\":\"hello\",\"usage\":{\"input_tokens\":4,\"output_tokens\":2}}", "prompt_tokens=4 completion_tokens=2")]
    public async Task Answer_IsTheUpstreamsByteForByte_AndItsUsageIsCounted(string path, string body, string usage)
    {
        Upstream.Script = Scripts.Json(200, body);
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var response = await gateway.PostAsync(path, """{"model":"m","prompt":"x","input":"x","query":"x"}""");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(body, await response.Content.ReadAsStringAsync());
        Assert.Equal("remote", Answers.HeaderOf(response, "X-Backend"));
        var id = Answers.HeaderOf(response, "X-Request-ID");
        Assert.Equal(id, (await Upstream.WaitForRequestAsync()).Header("X-Request-ID"));
        var line = await gateway.WaitForLogAsync($"id={id}");
        Assert.Contains(usage, line, StringComparison.Ordinal);
        Assert.Contains($"path={path} ", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CompletionStream_IsTheUpstreamsByteForByte_ButForTheUsageThatWasAdded()
    {
        const string body = "{\"model\":\"m\",\"prompt\":[\"x\"],\"stream\":true}";
        string[] events =
        [
            """{"id":"cmpl-up", "choices":[{"index":0,"text":"Hel","finish_reason":null}]}""",
            """{"choices":[{"index":0,"text":"lo","finish_reason":"stop"}],"backend":"up"}""",
            """{"id":"cmpl-up","choices":[],"usage":{"prompt_tokens":2,"completion_tokens":3}}""",
        ];
        Upstream.Script = Events([.. events, "[DONE]"]);
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var response = await gateway.PostAsync("/v1/completions", body);

        Assert.Equal($"data: {events[0]}\n\ndata: {events[1]}\n\ndata: [DONE]\n\n", await response.Content.ReadAsStringAsync());
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.ToString());
        Assert.Equal(body[..^1] + ",\"stream_options\":{\"include_usage\":true}}", (await Upstream.WaitForRequestAsync()).BodyText);
        var line = await gateway.WaitForLogAsync("status=200");
        Assert.Contains("prompt_tokens=2 completion_tokens=3", line, StringComparison.Ordinal);
        Assert.Contains("ttft_ms=", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CompletionStream_ThatIsCutOff_EndsInAnError()
    {
        Upstream.Script = Events("""{"choices":[{"index":0,"text":"Hel","finish_reason":null}]}""");
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var response = await gateway.PostAsync("/v1/completions", """{"model":"m","prompt":"x","stream":true}""");

        Answers.AssertBrokenOff(await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/v1/embeddings")]
    [InlineData("/v1/responses")]
    [InlineData("/v1/images/generations")]
    public async Task ErrorObject_With200_Is502(string path)
    {
        Upstream.Script = Scripts.JsonErrorWith200("no such model loaded");
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var response = await gateway.PostAsync(path, """{"model":"m","input":"x"}""");

        Assert.Contains("no such model loaded", await Answers.AssertErrorAsync(response, 502, "upstream_error"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/completions")]
    [InlineData("/v1/embeddings")]
    [InlineData("/v1/moderations")]
    public async Task Html_With200_Is502(string path)
    {
        Upstream.Script = Scripts.Html();
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var response = await gateway.PostAsync(path, """{"model":"m","input":"x"}""");

        await Answers.AssertErrorAsync(response, 502, "upstream_protocol_error");
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData(null)]
    public async Task ContentType_ThatIsNoJson_Is415(string? type)
    {
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));
        using var content = new ByteArrayContent("""{"model":"m"}"""u8.ToArray());
        if (type is not null) content.Headers.TryAddWithoutValidation("Content-Type", type);

        using var response = await gateway.Client.PostAsync("/v1/embeddings", content);

        await Answers.AssertErrorAsync(response, 415, "unsupported_media_type", backend: null);
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task Tokens_OfAllRoutes_AreInTheMetrics()
    {
        Upstream.Script = Scripts.Json(200, Completion);
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        (await gateway.PostAsync("/v1/completions", """{"model":"m"}""")).Dispose();
        (await gateway.PostAsync("/v1/images/edits", """{"model":"m"}""")).Dispose();
        await Patience.UntilAsync(
            () => gateway.Get<Penstock.Telemetry.GatewayMetrics>().Calls.Sum(c => c.Requests()) == 2, "both are settled");

        using var json = JsonDocument.Parse(await gateway.Client.GetStringAsync("/metrics"));
        var remote = json.RootElement.GetProperty("backends").GetProperty("remote");
        Assert.Equal((22, 44), (remote.GetProperty("prompt_tokens").GetInt32(), remote.GetProperty("completion_tokens").GetInt32()));
    }

    private static Func<ScriptedExchange, Task> Events(params string[] events) => async exchange =>
    {
        await exchange.StartSseAsync();
        foreach (var data in events) await exchange.EventAsync(data);
        await exchange.FinishChunksAsync();
    };
}
