using System.Net;
using System.Text.Json;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

public sealed class RequestIdTests(EchoGateway echo) : IClassFixture<EchoGateway>
{
    private readonly TestGateway _gateway = echo.Gateway;

    public static TheoryData<string, string> Usable => new()
    {
        { "X-Request-ID", "a" },
        { "x-request-id", "req_123" },
        { "Request-Id", "other" },
        { "X-Request-ID", new string('x', 128) },
        { "X-Request-ID", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~" },
        { "X-Request-ID", "</script>" },
    };

    [Theory]
    [MemberData(nameof(Usable))]
    public async Task Chat_UsableId_IsKeptEverywhere(string header, string id)
    {
        using var response = await _gateway.ChatAsync("hello", (header, id));

        Assert.Equal(id, Assert.Single(response.Headers.GetValues("X-Request-ID")));
        Assert.Equal(id, (await response.JsonAsync()).Text("id"));
    }

    [Theory]
    [MemberData(nameof(Usable))]
    public async Task Stream_UsableId_IsInEveryChunk(string header, string id)
    {
        using var response = await _gateway.PostAsync("/v1/chat/completions", TestGateway.Chat("one two", ",\"stream\":true"), (header, id));

        var stream = SseText.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(id, Assert.Single(response.Headers.GetValues("X-Request-ID")));
        Assert.All(stream.Json, chunk => Assert.Equal(id, chunk.Text("id")));
        Assert.True(stream.IsDone);
    }

    [Fact]
    public async Task Chat_BothIds_TakesTheFirst()
    {
        using var response = await _gateway.ChatAsync("hello", ("Request-Id", "second"), ("X-Request-ID", "first"));

        Assert.Equal("first", Assert.Single(response.Headers.GetValues("X-Request-ID")));
    }

    [Theory]
    [InlineData("X-Request-ID: a b\r\n")]
    [InlineData("X-Request-ID:\r\n")]
    [InlineData("X-Request-ID: a\tb\r\n")]
    [InlineData("X-Request-ID: né\r\n")]
    [InlineData("X-Request-ID: one\r\nX-Request-ID: two\r\n")]
    [InlineData("X-Request-ID: same\r\nx-request-id: same\r\n")]
    [InlineData("Request-Id: one\r\nRequest-Id: two\r\n")]
    [InlineData("")]
    public async Task Get_NoUsableId_MakesAUuid(string headers) => AssertUuid(await HealthAsync(headers));

    [Fact]
    public async Task Get_IdTooLong_MakesAUuid() => AssertUuid(await HealthAsync($"X-Request-ID: {new string('x', 129)}\r\n"));

    [Fact]
    public async Task Get_WithoutId_MakesAnotherOneEachTime() => Assert.NotEqual(await HealthAsync(""), await HealthAsync(""));

    [Theory]
    [InlineData("GET", "/nowhere", HttpStatusCode.NotFound)]
    [InlineData("GET", "/v1/chat/completions", HttpStatusCode.MethodNotAllowed)]
    [InlineData("POST", "/v1/chat/completions", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("GET", "/metrics", HttpStatusCode.OK)]
    [InlineData("GET", "/v1/models", HttpStatusCode.OK)]
    public async Task Send_AnyRoute_KeepsTheId(string method, string path, HttpStatusCode status)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Add("X-Request-ID", "mine");
        using var response = await _gateway.Client.SendAsync(request);

        Assert.Equal(status, response.StatusCode);
        Assert.Equal("mine", Assert.Single(response.Headers.GetValues("X-Request-ID")));
    }

    [Fact]
    public async Task Chat_IdWithQuotes_IsEscapedInTheBody()
    {
        using var response = await _gateway.ChatAsync("hello", ("X-Request-ID", "a\",\"model\":\"evil"));

        var body = await response.Content.ReadAsStringAsync();
        var json = JsonSerializer.Deserialize<JsonElement>(body);
        Assert.Equal("a\",\"model\":\"evil", json.Text("id"));
        Assert.Equal("m", json.Text("model"));
    }

    private async Task<string?> HealthAsync(string headers) => RawHttp.Header(
        await RawHttp.SendAsync(_gateway.Url, $"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n"), "X-Request-ID");

    private static void AssertUuid(string? id)
    {
        Assert.True(Guid.TryParseExact(id, "D", out var uuid), id);
        Assert.Equal(4, uuid.Version);
    }
}
