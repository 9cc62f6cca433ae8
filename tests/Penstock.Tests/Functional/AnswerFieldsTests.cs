using System.Net;
using System.Text.Json;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>What the gateway owns in an answer: <c>id</c> and <c>backend</c>, and not a byte more.</summary>
public sealed class AnswerFieldsTests
{
    private const string Tail = "\"choices\" :[ {\"index\":0,\"message\":{\"id\":\"inner\",\"role\":\"assistant\",\"content\":\"\\u0041\"},"
        + "\"finish_reason\":\"stop\"} ],\r\n \"x\":1e400,\"x\":[ ] ,\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\n";

    [Theory]
    [InlineData("{ \"id\" : \"up\" , ", "{ \"id\" : \"mine\",\"backend\":\"remote\" , ")]
    [InlineData("{ ", "{\"id\":\"mine\",\"backend\":\"remote\", ")]
    [InlineData("{\"i\\u0064\":\"up\",", "{\"i\\u0064\":\"mine\",\"backend\":\"remote\",")]
    [InlineData("{\"id\":null,", "{\"id\":\"mine\",\"backend\":\"remote\",")]
    [InlineData("{\"id\":{\"a\":[1]},", "{\"id\":\"mine\",\"backend\":\"remote\",")]
    [InlineData("{\"id\":\"up\\\"\\\\\",\"backend\":\"up\",", "{\"id\":\"mine\",\"backend\":\"remote\",")]
    [InlineData("{\"backend\":7,", "{\"id\":\"mine\",\"backend\":\"remote\",")]
    [InlineData("{\"id\":1,\"id\":2,\"backend\":3,\"backend\":4,", "{\"id\":\"mine\",\"id\":\"mine\",\"backend\":\"remote\",\"backend\":\"remote\",")]
    public async Task Answer_IsTheUpstreamsBytes_ButForIdAndBackend(string head, string expected)
    {
        await using var upstream = ScriptedUpstream.Start(Scripts.Json(200, head + Tail));
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(upstream.Url));

        using var response = await gateway.ChatAsync("x", ("X-Request-ID", "mine"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(expected + Tail, await response.Content.ReadAsStringAsync());
        Assert.Contains("prompt_tokens=3 completion_tokens=4", await gateway.WaitForLogAsync("id=mine"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Id_WithQuotesAndBackslash_IsEscaped()
    {
        const string id = "a\"b\\c</script>";
        await using var upstream = ScriptedUpstream.Start();
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(upstream.Url));

        using var whole = await gateway.ChatAsync("x", ("X-Request-ID", id));
        using var stream = await gateway.PostAsync("/v1/chat/completions", TestGateway.Chat("x", ",\"stream\":true"), ("X-Request-ID", id));

        using var json = JsonDocument.Parse(await whole.Content.ReadAsStringAsync());
        Assert.Equal(id, json.RootElement.GetProperty("id").GetString());
        Assert.All(SseText.Parse(await stream.Content.ReadAsStringAsync()).Json, chunk => Assert.Equal(id, chunk.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task Chunks_EachHaveIdAndBackend_AndAreOtherwiseAsTheyCame()
    {
        string[] data =
        [
            """{ "id":"up", "object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant"},"finish_reason":null}] }""",
            """{"choices":[{"index":0,"delta":{"content":"\u0041","id":"inner"}}],"x":1e400,"x":1}""",
            """{}""",
            """{"choices":[],"backend":null,"prompt_filter_results":[{"id":1}]}""",
            """{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"id":7}""",
        ];
        string[] expected =
        [
            """{ "id":"mine","backend":"remote", "object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant"},"finish_reason":null}] }""",
            """{"id":"mine","backend":"remote","choices":[{"index":0,"delta":{"content":"\u0041","id":"inner"}}],"x":1e400,"x":1}""",
            """{"id":"mine","backend":"remote"}""",
            """{"id":"mine","choices":[],"backend":"remote","prompt_filter_results":[{"id":1}]}""",
            """{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"id":"mine","backend":"remote"}""",
            "[DONE]",
        ];
        await using var upstream = ScriptedUpstream.Start(StreamOf(data));
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(upstream.Url));

        using var response = await gateway.PostAsync("/v1/chat/completions", TestGateway.Chat("x", ",\"stream\":true"), ("X-Request-ID", "mine"));

        Assert.Equal(expected, SseText.Parse(await response.Content.ReadAsStringAsync()).Data);
    }

    [Fact]
    public async Task ResponseFieldsUpstream_LeavesAnswersAlone()
    {
        const string odd = "{ \"id\":\"up\" ," + Tail;
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            if (exchange.Request.WantsStream) await StreamOf([ChatJson.RoleChunk(), ChatJson.FinishChunk()])(exchange);
            else await exchange.JsonAsync(200, odd);
        });
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(upstream.Url), "response_fields: upstream");

        using var whole = await gateway.ChatAsync();
        using var stream = await gateway.PostAsync("/v1/chat/completions", TestGateway.Chat("x", ",\"stream\":true"));

        Assert.Equal(odd, await whole.Content.ReadAsStringAsync());
        Assert.Equal([ChatJson.RoleChunk(), ChatJson.FinishChunk(), "[DONE]"], SseText.Parse(await stream.Content.ReadAsStringAsync()).Data);
        Assert.Equal("remote", Answers.HeaderOf(stream, "X-Backend"));
        Assert.NotNull(Answers.HeaderOf(whole, "X-Request-ID"));
    }

    [Fact]
    public async Task ContentType_OfJsonThatIsCalledOtherwise_IsJson()
    {
        await using var upstream = ScriptedUpstream.Start(
            e => e.AnswerAsync(200, "text/plain", System.Text.Encoding.UTF8.GetBytes(ChatJson.Completion("Hello"))));
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(upstream.Url));

        using var response = await gateway.ChatAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
    }

    private static Func<ScriptedExchange, Task> StreamOf(string[] data) => async exchange =>
    {
        await exchange.StartSseAsync();
        foreach (var one in data) await exchange.EventAsync(one);
        await exchange.EventAsync("[DONE]");
        await exchange.FinishChunksAsync();
    };
}
