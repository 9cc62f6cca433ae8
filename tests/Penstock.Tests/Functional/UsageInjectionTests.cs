using System.Net;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>Streams are asked for their usage, and the caller who did not ask does not notice.</summary>
public sealed class UsageInjectionTests : UpstreamTest
{
    private const string Messages = "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]";

    private static readonly Func<ScriptedExchange, Task> RefusesOption = exchange => exchange.Request.BodyText.Contains("stream_options", StringComparison.Ordinal)
        ? Scripts.Error(400, "unknown field stream_options", "invalid_request_error")(exchange)
        : Scripts.Chat("Hello world")(exchange);

    [Theory]
    [InlineData("{\"stream\":true,#}", "{\"stream\":true,#,\"stream_options\":{\"include_usage\":true}}")]
    [InlineData("{\"stream\":true,# } ", "{\"stream\":true,# ,\"stream_options\":{\"include_usage\":true}} ")]
    [InlineData("{\"stream_options\":null,\"stream\":true,#}", "{\"stream_options\":{\"include_usage\":true},\"stream\":true,#}")]
    [InlineData("{\"stream_options\":{ },\"stream\":true,#}", "{\"stream_options\":{\"include_usage\":true },\"stream\":true,#}")]
    [InlineData("{\"stream_options\":{\"include_usage\" : false},\"stream\":true,#}", "{\"stream_options\":{\"include_usage\" : true},\"stream\":true,#}")]
    [InlineData("{\"stream_options\":{\"include_usage\":null,\"x\":1},\"stream\":true,#}", "{\"stream_options\":{\"include_usage\":true,\"x\":1},\"stream\":true,#}")]
    [InlineData("{\"stream_options\":{ \"x\":1},\"stream\":true,#}", "{\"stream_options\":{\"include_usage\":true, \"x\":1},\"stream\":true,#}")]
    public async Task Stream_ThatDidNotAsk_IsAskedForUsageAndItsChunkIsKept(string body, string expected)
    {
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        var stream = await StreamAsync(gateway, body.Replace("#", Messages, StringComparison.Ordinal));

        Assert.Equal(expected.Replace("#", Messages, StringComparison.Ordinal), (await Upstream.WaitForRequestAsync()).BodyText);
        Assert.True(stream.IsDone);
        Assert.DoesNotContain(stream.Json, c => c.TryGetProperty("usage", out _));
        Assert.Contains("prompt_tokens=5 completion_tokens=3", await gateway.WaitForLogAsync("status=200"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_ThatAsked_IsUntouchedAndGetsItsUsage()
    {
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));
        var body = "{\"stream_options\": {\"include_usage\": true , \"x\":1}, \"stream\":true, " + Messages + "}";

        var stream = await StreamAsync(gateway, body);

        Assert.Equal(body, (await Upstream.WaitForRequestAsync()).BodyText);
        Assert.Equal(5, stream.Json[^1].GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Contains("prompt_tokens=5 completion_tokens=3", await gateway.WaitForLogAsync("status=200"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"stream\":false,#}")]
    [InlineData("{\"stream\":null,#}")]
    [InlineData("{#}")]
    public async Task WholeAnswer_IsNotAsked(string body)
    {
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));
        body = body.Replace("#", Messages, StringComparison.Ordinal);

        using var response = await gateway.PostAsync("/v1/chat/completions", body);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(body, (await Upstream.WaitForRequestAsync()).BodyText);
    }

    [Fact]
    public async Task Refusal_ThatSaysThatItIsAboutSomethingElse_IsAskedOnce()
    {
        Upstream.Script = Scripts.Error(400, "not that", "invalid_request_error", "content_policy_violation");
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var response = await gateway.PostAsync("/v1/chat/completions", "{\"stream\":true," + Messages + "}");

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Single(Upstream.Requests);
    }

    [Fact]
    public async Task InjectUsageFalse_TouchesNothing_NeitherWayNorBack()
    {
        // This server tells its usage unasked: with the option off that is between it and the caller.
        Upstream.Script = Scripts.Stream("Hello", new ChatStream { Usage = true });
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url), "    inject_usage: false");
        var body = "{\"stream\":true," + Messages + "}";

        var stream = await StreamAsync(gateway, body);

        Assert.Equal(body, (await Upstream.WaitForRequestAsync()).BodyText);
        Assert.Equal(5, stream.Json[^1].GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Contains("prompt_tokens=5 completion_tokens=1", await gateway.WaitForLogAsync("status=200"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Usage_OnTheLastContentChunk_IsReadAndTheChunkStays()
    {
        Upstream.Script = async exchange =>
        {
            await exchange.StartSseAsync();
            await exchange.EventAsync("""{"choices":[{"index":0,"delta":{"content":"a"}}],"usage":null}""");
            await exchange.EventAsync("""{"choices":[{"index":0,"delta":{"content":"b"}}],"usage":{"prompt_tokens":2,"completion_tokens":1}}""");
            await exchange.EventAsync("""{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":2,"completion_tokens":9}}""");
            await exchange.EventAsync("[DONE]");
            await exchange.FinishChunksAsync();
        };
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        var stream = await StreamAsync(gateway, "{\"stream\":true," + Messages + "}");

        Assert.Equal("ab", stream.Content);
        Assert.Equal(3, stream.Json.Count);
        Assert.Contains("prompt_tokens=2 completion_tokens=9", await gateway.WaitForLogAsync("status=200"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refused_IsRepeatedOnceWithout_AndRemembered()
    {
        Upstream.Script = RefusesOption;
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));
        var body = "{\"stream\":true," + Messages + "}";

        Assert.Equal("Hello world", (await StreamAsync(gateway, body)).Content);
        Assert.Equal("Hello world", (await StreamAsync(gateway, body)).Content);

        Assert.Equal([true, false, false], Upstream.Requests.Select(r => r.WantsUsage));
        Assert.Equal([body, body], Upstream.Requests.Skip(1).Select(r => r.BodyText));
        await gateway.WaitForLogAsync("does not take stream_options");
        await Answers.WaitUntilIdleAsync(gateway);
    }

    [Fact]
    public async Task Refused_WhenTheCallerItselfAsked_IsTheCallersError()
    {
        Upstream.Script = RefusesOption;
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var response = await gateway.PostAsync(
            "/v1/chat/completions", "{\"stream\":true,\"stream_options\":{\"include_usage\":true}," + Messages + "}");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Single(Upstream.Requests);
    }

    [Fact]
    public async Task Refused_ForAnotherReason_IsRepeatedOnce_AndNothingIsRemembered()
    {
        Upstream.Script = Scripts.Error(400, "no such thing", "invalid_request_error");
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));
        var body = "{\"stream\":true," + Messages + "}";

        using var response = await gateway.PostAsync("/v1/chat/completions", body);
        Upstream.Script = Scripts.Chat("Hello");
        await StreamAsync(gateway, body);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(ChatJson.Error("no such thing", "invalid_request_error"), await response.Content.ReadAsStringAsync());
        Assert.Equal([true, false, true], Upstream.Requests.Select(r => r.WantsUsage));
    }

    [Fact]
    public async Task Refused_AfterItWasTakenOnce_IsNotRepeated()
    {
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));
        var body = "{\"stream\":true," + Messages + "}";
        await StreamAsync(gateway, body);
        Upstream.Script = Scripts.Error(400, "too long", "invalid_request_error");

        using var response = await gateway.PostAsync("/v1/chat/completions", body);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(2, Upstream.Requests.Count);
    }

    private static async Task<SseText> StreamAsync(TestGateway gateway, string body)
    {
        using var response = await gateway.PostAsync("/v1/chat/completions", body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var stream = SseText.Parse(await response.Content.ReadAsStringAsync());
        Assert.True(stream.IsDone);
        return stream;
    }
}
