using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Penstock.Server.Mock;
using Xunit;

namespace Penstock.Tests.Mock;

public sealed class MockServerTests : IAsyncLifetime
{
    private const string Chat = "/v1/chat/completions";

    private static readonly HttpClient Client = new();
    private readonly List<WebApplication> _servers = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var server in _servers)
            await server.DisposeAsync();
    }

    [Fact]
    public async Task Chat_Whole_SaysMockAndEchoesTheModel()
    {
        var url = await StartAsync(Options);

        using var answer = await PostAsync(url + Chat, """{"model":"m","messages":[{"role":"user","content":"a b"}]}""");
        using var body = await ReadAsync(answer);

        var root = body.RootElement;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("m", root.GetProperty("model").GetString());
        Assert.Equal("Mock", root.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.Equal(3, root.GetProperty("usage").GetProperty("total_tokens").GetInt32());
    }

    [Theory]
    [InlineData(false, 5)]
    [InlineData(true, 6)]
    public async Task Chat_Streamed_SendsAChunkATokenAndEndsInDone(bool usage, int chunks)
    {
        var url = await StartAsync(Options with { Content = "one two three" });
        var options = usage ? ""","stream_options":{"include_usage":true}""" : "";

        using var answer = await PostAsync(url + Chat, $$"""{"stream":true{{options}}}""");
        var text = await answer.Content.ReadAsStringAsync();

        var events = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("data: [DONE]", events[^1]);
        Assert.Equal(chunks, events.Length - 1);
        Assert.Equal(usage, text.Contains("\"total_tokens\":3", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Chat_Paced_TakesTheTimeThatItWasGiven()
    {
        var url = await StartAsync(Options with
        {
            Tokens = 4,
            TimeToFirstToken = TimeSpan.FromMilliseconds(60),
            TokenInterval = TimeSpan.FromMilliseconds(40),
        });

        var clock = Stopwatch.StartNew();
        using var whole = await PostAsync(url + Chat, "{}");
        var wholeTook = clock.Elapsed;
        clock.Restart();
        using var streamed = await PostAsync(url + Chat, """{"stream":true}""");
        var streamTook = clock.Elapsed;

        // 60 + 3 x 40 ms; timers may be a few milliseconds early.
        Assert.True(wholeTook.TotalMilliseconds >= 170, $"{wholeTook}");
        Assert.True(streamTook.TotalMilliseconds >= 170, $"{streamTook}");
    }

    [Fact]
    public async Task Chat_Status_AnswersThatErrorInOpenAIShape()
    {
        var url = await StartAsync(Options with { Status = 429 });

        using var answer = await PostAsync(url + Chat, "{}");

        await AssertErrorAsync(answer, HttpStatusCode.TooManyRequests, "rate_limit_error", "rate_limit_exceeded");
        Assert.NotNull(answer.Headers.RetryAfter);
    }

    [Fact]
    public async Task Chat_FailRate_FailsTheSameOnesForTheSameSeed()
    {
        var first = await OutcomesAsync(seed: 7);
        var again = await OutcomesAsync(seed: 7);
        var other = await OutcomesAsync(seed: 8);

        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
        Assert.Contains(HttpStatusCode.OK, first);
        Assert.Contains(HttpStatusCode.InternalServerError, first);
    }

    [Theory]
    [InlineData("", "invalid_json")]
    [InlineData("{", "invalid_json")]
    [InlineData("[]", "invalid_type")]
    public async Task Chat_BadBody_Is400(string body, string code)
    {
        var url = await StartAsync(Options);

        using var answer = await PostAsync(url + Chat, body);

        await AssertErrorAsync(answer, HttpStatusCode.BadRequest, "invalid_request_error", code);
    }

    [Fact]
    public async Task Embeddings_SameText_SameUnitVector()
    {
        var url = await StartAsync(Options);

        using var answer = await PostAsync(url + "/v1/embeddings", """{"input":["a","b","a"],"dimensions":8}""");
        using var body = await ReadAsync(answer);

        var vectors = body.RootElement.GetProperty("data").EnumerateArray()
            .Select(d => d.GetProperty("embedding").EnumerateArray().Select(v => v.GetSingle()).ToArray()).ToArray();
        Assert.Equal(vectors[0], vectors[2]);
        Assert.NotEqual(vectors[0], vectors[1]);
        Assert.All(vectors, v => Assert.Equal(1, v.Sum(x => x * x), 0.001));
    }

    [Fact]
    public async Task Embeddings_Base64_IsTheSameVector()
    {
        var url = await StartAsync(Options);

        using var numbers = await PostAsync(url + "/v1/embeddings", """{"input":"a"}""");
        using var base64 = await PostAsync(url + "/v1/embeddings", """{"input":"a","encoding_format":"base64"}""");
        using var numbersBody = await ReadAsync(numbers);
        using var base64Body = await ReadAsync(base64);

        var expected = numbersBody.RootElement.GetProperty("data")[0].GetProperty("embedding").EnumerateArray()
            .SelectMany(v => BitConverter.GetBytes(v.GetSingle())).ToArray();
        Assert.Equal(expected, base64Body.RootElement.GetProperty("data")[0].GetProperty("embedding").GetBytesFromBase64());
    }

    [Fact]
    public async Task Stop_StreamInFlight_AbortsItSoon()
    {
        var url = await StartAsync(Options with { Tokens = 2, TokenInterval = TimeSpan.FromHours(1) });
        using var request = new HttpRequestMessage(HttpMethod.Post, url + Chat)
        {
            Content = new StringContent("""{"stream":true}"""),
        };
        using var answer = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        var clock = Stopwatch.StartNew();
        await _servers[0].StopAsync();

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"{clock.Elapsed}");
        await Assert.ThrowsAsync<HttpRequestException>(() => answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/v1/nothing", HttpStatusCode.NotFound, "not_found")]
    [InlineData(Chat, HttpStatusCode.MethodNotAllowed, "method_not_allowed")]
    public async Task Get_OtherPath_IsAnError(string path, HttpStatusCode status, string code)
    {
        var url = await StartAsync(Options);

        using var answer = await Client.GetAsync(new Uri(url + path));

        await AssertErrorAsync(answer, status, "invalid_request_error", code);
    }

    private static MockOptions Options { get; } = new() { Address = IPAddress.Loopback, Port = 0 };

    private async Task<string> StartAsync(MockOptions options)
    {
        var server = MockServer.Create(options, TimeProvider.System);
        _servers.Add(server);
        await server.StartAsync();
        return server.Urls.Single();
    }

    private async Task<HttpStatusCode[]> OutcomesAsync(int seed)
    {
        var url = await StartAsync(Options with { FailRate = 0.5, Seed = seed });
        var outcomes = new HttpStatusCode[32];
        for (var i = 0; i < outcomes.Length; i++)
        {
            using var answer = await PostAsync(url + Chat, "{}");
            outcomes[i] = answer.StatusCode;
        }

        return outcomes;
    }

    private static async Task<HttpResponseMessage> PostAsync(string url, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        return await Client.PostAsync(new Uri(url), content);
    }

    private static async Task<JsonDocument> ReadAsync(HttpResponseMessage answer) =>
        JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync());

    private static async Task AssertErrorAsync(HttpResponseMessage answer, HttpStatusCode status, string type, string code)
    {
        using var body = await ReadAsync(answer);
        var error = body.RootElement.GetProperty("error");
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(type, error.GetProperty("type").GetString());
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.NotEqual("", error.GetProperty("message").GetString());
        Assert.Equal(JsonValueKind.Null, error.GetProperty("param").ValueKind);
    }
}
