using System.Net;
using Xunit;

namespace Penstock.Tests.Functional;

public sealed class ValidationTests(EchoGateway echo) : IClassFixture<EchoGateway>
{
    private readonly TestGateway _gateway = echo.Gateway;

    [Theory]
    [InlineData("", null, "invalid_json")]
    [InlineData("{\"model\":", null, "invalid_json")]
    [InlineData("[]", null, "invalid_type")]
    [InlineData("{}", "messages", "missing_required_parameter")]
    [InlineData("""{"messages":[]}""", "messages", "invalid_value")]
    [InlineData("""{"messages":[{"role":5}]}""", "messages[0].role", "invalid_type")]
    [InlineData("""{"messages":[{"role":"user","content":5}]}""", "messages[0].content", "invalid_type")]
    [InlineData("""{"messages":[{"role":"user"}],"max_tokens":-1}""", "max_tokens", "invalid_value")]
    [InlineData("""{"messages":[{"role":"user"}],"stream":"yes"}""", "stream", "invalid_type")]
    [InlineData("""{"messages":[{"role":"user"}],"model":"a","MODEL":"b"}""", "model", "invalid_value")]
    public async Task Chat_WrongBody_Is400(string body, string? param, string code)
    {
        using var response = await _gateway.PostAsync("/v1/chat/completions", body);

        await response.AssertErrorAsync(400, code, param);
    }

    [Theory]
    [InlineData("/v1/completions", "nope", null, "invalid_json")]
    [InlineData("/v1/embeddings", "[1]", null, "invalid_type")]
    [InlineData("/v1/responses", """{"model":5}""", "model", "invalid_type")]
    [InlineData("/v1/audio/speech", """{"model":"a","model":"b"}""", "model", "invalid_value")]
    public async Task Others_WrongBody_Is400(string path, string body, string? param, string code)
    {
        using var response = await _gateway.PostAsync(path, body);

        await response.AssertErrorAsync(400, code, param);
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}],"max_tokens":-1}""")]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}],"temperature":9,"n":0,"top_p":-1,"stop":[1,2,3,4,5]}""")]
    [InlineData("""{"messages":[{"content":5},{"role":"user","content":"hi"}]}""")]
    public async Task Chat_Minimal_TakesMoreThanOpenAi(string body)
    {
        await using var gateway = await TestGateway.StartAsync("server: { validation: minimal }");

        using var response = await gateway.PostAsync("/v1/chat/completions", body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var strict = await _gateway.PostAsync("/v1/chat/completions", body);
        Assert.Equal(HttpStatusCode.BadRequest, strict.StatusCode);
        using var broken = await gateway.PostAsync("/v1/chat/completions", """{"model":5}""");
        await broken.AssertErrorAsync(400, "invalid_type", "model");
    }

    [Fact]
    public async Task Chat_NotHttp_IsRefusedAndTheServerLives()
    {
        var answer = await RawHttp.SendAsync(_gateway.Url,
            "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Contains("\"invalid_request_error\"", answer, StringComparison.Ordinal);
        Assert.NotNull(RawHttp.Header(answer, "X-Request-ID"));
        using var response = await _gateway.ChatAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }
}
