using System.Net;
using System.Text.Json;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>Answers that are odd and yet answers, and the caller's own errors, which pass as they are.</summary>
public sealed class UpstreamOddityTests : UpstreamTest
{
    [Theory]
    [InlineData(400, "/v1/chat/completions", false)]
    [InlineData(402, "/v1/chat/completions", true)]
    [InlineData(404, "/v1/completions", false)]
    [InlineData(409, "/v1/embeddings", false)]
    [InlineData(413, "/v1/responses", false)]
    [InlineData(422, "/v1/rerank", false)]
    [InlineData(429, "/v1/chat/completions", true)]
    [InlineData(499, "/v1/audio/speech", false)]
    public async Task ClientError_PassesAsItIs(int status, string path, bool isStream)
    {
        const string body = " {\"error\" : {\"message\":\"n\\u00f6\",\"code\":1e400}, \"id\":\"up\"}\n";
        Upstream.Script = Scripts.Json(status, body, ("Retry-After", "3"), ("x-ratelimit-limit-requests", "10"), ("WWW-Authenticate", "Basic"));
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url), "    inject_usage: false\nretry: { attempts: 1 }");

        using var response = await gateway.PostAsync(path, TestGateway.Chat("x", isStream ? ",\"stream\":true" : ""));

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(body, await response.Content.ReadAsStringAsync());
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("3", Answers.HeaderOf(response, "Retry-After"));
        Assert.Equal("10", Answers.HeaderOf(response, "x-ratelimit-limit-requests"));
        Assert.Equal("remote", Answers.HeaderOf(response, "X-Backend"));
        Assert.NotNull(Answers.HeaderOf(response, "X-Request-ID"));
        Assert.Contains($"error=upstream_{status}", await gateway.WaitForLogAsync($"status={status}"), StringComparison.Ordinal);
        Assert.Single(Upstream.Requests);
    }

    [Theory]
    [InlineData("text/html; charset=utf-8", "<h1>Not Found</h1>")]
    [InlineData("text/plain", "404 page not found\n")]
    [InlineData("application/json", "")]
    [InlineData("text/event-stream", "data: {\"error\":{}}\n\n")]
    public async Task ClientError_ThatIsNoJson_PassesAsItIs(string type, string body)
    {
        Upstream.Script = e => e.AnswerAsync(404, type, System.Text.Encoding.UTF8.GetBytes(body));
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var response = await gateway.ChatAsync();

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal(type, response.Content.Headers.ContentType?.ToString());
        Assert.Equal(body, await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Gzip_ThoughNotAskedFor_IsUnderstood(bool isStream)
    {
        Upstream.Script = Scripts.Gzip("Hello world");
        await AssertHelloAsync(isStream);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OneByteAWrite_IsWhole(bool isStream)
    {
        Upstream.Script = Scripts.OneByteAWrite(Scripts.Chat("Hello world"));
        await AssertHelloAsync(isStream);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task BigHeaders_AreNoTrouble(bool isStream)
    {
        Upstream.Script = Scripts.BigHeaders("Hello world", 64 * 1024);
        await AssertHelloAsync(isStream);
    }

    [Fact]
    public async Task BodyWithoutLength_ThatEndsWithTheConnection_IsWhole()
    {
        Upstream.Script = Scripts.UntilClose("application/json; charset=utf-8", ChatJson.Completion("Hello world"));
        await AssertHelloAsync(isStream: false);
    }

    [Fact]
    public async Task InformationalAnswer_BeforeTheRealOne_IsSkipped()
    {
        Upstream.Script = async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n");
            await exchange.JsonAsync(200, ChatJson.Completion("Hello world"));
        };
        await AssertHelloAsync(isStream: false);
    }

    [Fact]
    public async Task EarlyAnswer_BeforeTheBodyWasRead_Passes()
    {
        Upstream.ReadsBody = false;
        Upstream.Script = async exchange =>
        {
            await Scripts.Error(413, "too large", "invalid_request_error")(exchange);
            await exchange.WaitForClientAbortAsync();
        };
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var response = await gateway.ChatAsync(new string('x', 3_000_000));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task WholeAnswer_OfMegabytes_PassesWhole()
    {
        Upstream.Script = Scripts.Huge(5_000_000);
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var response = await gateway.ChatAsync("x", ("X-Request-ID", "mine"));

        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal("mine", json.RootElement.GetProperty("id").GetString());
        var message = json.RootElement.GetProperty("choices")[0].GetProperty("message");
        Assert.Equal(5_000_000, message.GetProperty("content").GetString()!.Length);
    }

    [Fact]
    public async Task Answer_TooLongToBeChecked_IsResetWhenItBreaksOff()
    {
        Upstream.Script = async exchange =>
        {
            await exchange.HeadAsync(200, ("Content-Type", "application/json"), ("Content-Length", "40000000"));
            var block = new byte[1024 * 1024];
            Array.Fill(block, (byte)' ');
            for (var i = 0; i < 35; i++) await exchange.WriteAsync(block);
            await exchange.CloseAsync();
        };
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        await Assert.ThrowsAsync<HttpRequestException>(() => gateway.ChatAsync());

        Assert.Contains("error=upstream_error", await gateway.WaitForLogAsync("status=200"), StringComparison.Ordinal);
        await Answers.WaitUntilIdleAsync(gateway);
    }

    private async Task AssertHelloAsync(bool isStream)
    {
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var response = await gateway.PostAsync("/v1/chat/completions", TestGateway.Chat("x", isStream ? ",\"stream\":true" : ""));

        var body = await response.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Null(response.Content.Headers.ContentEncoding.FirstOrDefault());
        if (isStream)
        {
            Assert.Equal("Hello world", SseText.Parse(body).Content);
            Assert.True(SseText.Parse(body).IsDone);
        }
        else
        {
            using var json = JsonDocument.Parse(body);
            Assert.Equal("Hello world", json.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        }
    }
}
