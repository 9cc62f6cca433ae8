using System.Globalization;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>What the caller gets when the backend fails before anything was sent: an error with its status, never a 200.</summary>
public sealed class UpstreamFailureTests : UpstreamTest
{
    private static readonly string Plain = TestGateway.Chat("x");
    private static readonly string Streamed = TestGateway.Chat("x", ",\"stream\":true");

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/embeddings")]
    [InlineData("/v1/audio/speech")]
    public async Task Refused_Is502(string path)
    {
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(ScriptedUpstream.RefusingUrl()));

        using var response = await gateway.PostAsync(path, Plain);

        var message = await Answers.AssertErrorAsync(response, 502, "upstream_unreachable");
        Assert.Contains("'remote'", message, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", message, StringComparison.Ordinal);
        Assert.Contains("status=502 error=upstream_unreachable", await gateway.WaitForLogAsync("path="), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task BrokenConnection_BeforeHeaders_Is502(bool isStream)
    {
        foreach (var script in (Func<ScriptedExchange, Task>[])[Scripts.ResetBeforeHeaders(), Scripts.CloseBeforeHeaders(), HalfAHead, NoHttp])
        {
            Upstream.Script = script;
            await AssertFailsAsync(isStream ? Streamed : Plain, 502, "upstream_error");
        }
    }

    [Fact]
    public async Task ConnectionResetOnAccept_Is502()
    {
        Upstream.ResetsOnAccept = true;
        // It depends on the moment whether there was a connection.
        await AssertFailsAsync(Plain, 502);
    }

    [Fact]
    public async Task Stream_BrokenAfterHeaders_Is502()
    {
        foreach (var end in (Func<ScriptedExchange, Task>[])[e => e.ResetAsync(), e => e.CloseAsync(), e => e.FinishChunksAsync()])
        {
            Upstream.Script = async exchange =>
            {
                await exchange.StartSseAsync();
                await end(exchange);
            };
            await AssertFailsAsync(Streamed, 502);
        }
    }

    [Fact]
    public async Task WholeAnswer_Truncated_Is502()
    {
        Upstream.Script = Scripts.WrongContentLength("Hello", by: 100);
        await AssertFailsAsync(Plain, 502, "upstream_error");
        Upstream.Script = Scripts.UntilClose("application/json", ChatJson.Completion("Hello")[..^10]);
        await AssertFailsAsync(Plain, 502, "upstream_protocol_error");
        Upstream.Script = Scripts.WrongContentLength("Hello", by: -10);
        await AssertFailsAsync(Plain, 502, "upstream_protocol_error");
    }

    [Theory]
    [InlineData(500, false)]
    [InlineData(502, false)]
    [InlineData(503, true)]
    [InlineData(529, true)]
    [InlineData(599, false)]
    public async Task ServerError_Is502_WithItsStatusAndMessage(int status, bool isStream)
    {
        Upstream.Script = Scripts.Error(status, "CUDA out of \"memory\"", headers: ("Retry-After", "9"));
        var message = await AssertFailsAsync(isStream ? Streamed : Plain, 502, "upstream_error");
        Assert.Contains(status.ToString(CultureInfo.InvariantCulture), message, StringComparison.Ordinal);
        Assert.Contains("CUDA out of \"memory\"", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/json", "{\"error\":\"model runner stopped\"}", "model runner stopped")]
    [InlineData("application/json", "{\"object\":\"error\",\"message\":\"engine dead\"}", "engine dead")]
    [InlineData("application/json", "{\"detail\":\"not ready\"}", "not ready")]
    [InlineData("text/plain", " Internal Server Error\n", "Internal Server Error")]
    [InlineData("text/html", "<html>nginx</html>", null)]
    [InlineData("application/json", "", null)]
    public async Task ServerError_InAnyShape_GivesItsSentence(string type, string body, string? expected)
    {
        Upstream.Script = e => e.AnswerAsync(500, type, System.Text.Encoding.UTF8.GetBytes(body));
        var message = await AssertFailsAsync(Plain, 502, "upstream_error");
        Assert.Contains("500", message, StringComparison.Ordinal);
        Assert.DoesNotContain("<html>", message, StringComparison.Ordinal);
        if (expected is not null) Assert.EndsWith(": " + expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ServerError_WhoseBodyBreaks_IsStillThatError()
    {
        Upstream.Script = async exchange =>
        {
            await exchange.HeadAsync(500, ("Content-Type", "text/plain"), ("Content-Length", "100"));
            await exchange.WriteAsync("dying");
            await exchange.CloseAsync();
        };
        Assert.Contains("500", await AssertFailsAsync(Plain, 502, "upstream_error"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(304)]
    [InlineData(307)]
    public async Task Redirection_Is502_AndIsNotFollowed(int status)
    {
        Upstream.Script = e => e.JsonAsync(status, "", ("Location", Upstream.Url + "/elsewhere"));
        await AssertFailsAsync(Plain, 502, "upstream_protocol_error");
        Assert.Empty(Upstream.Gets);
        Assert.Single(Upstream.Requests);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nonsense_With200_Is502(bool isStream)
    {
        foreach (var script in (Func<ScriptedExchange, Task>[])
        [
            Scripts.Html(), Scripts.Json(200, ""), Scripts.Json(200, "[]"), Scripts.Json(200, "null"), Scripts.Json(200, "{\"choices\":"),
            Scripts.Json(200, ChatJson.Completion("a") + "{}"), Scripts.Json(204, ""),
        ])
        {
            Upstream.Script = script;
            await AssertFailsAsync(isStream ? Streamed : Plain, 502, "upstream_protocol_error");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ErrorObject_With200_Is502_WithItsMessage(bool isStream)
    {
        Upstream.Script = Scripts.JsonErrorWith200("the model is loading");
        var message = await AssertFailsAsync(isStream ? Streamed : Plain, 502, "upstream_error");
        Assert.Contains("the model is loading", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ErrorEvent_First_Is502_WithItsMessage()
    {
        Upstream.Script = Scripts.Stream("x", new ChatStream
        {
            Role = false,
            Before = async (exchange, _) =>
            {
                await exchange.EventAsync(ChatJson.Error("too many tokens", "server_error"));
                await exchange.FinishChunksAsync();
                await exchange.CloseAsync();
            },
        });
        Assert.Contains("too many tokens", await AssertFailsAsync(Streamed, 502, "upstream_error"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("data: {\"choices\":[{\"index\":0,\"del")]
    [InlineData("data: {\"choices\":[{\"index\":0,\"del\n\n")]
    [InlineData("data: loading\n\n")]
    [InlineData("<html><p>data: x</p></html>\n")]
    [InlineData("")]
    [InlineData("\n\n\n")]
    public async Task Stream_WhoseFirstEventIsNone_Is502(string wire)
    {
        Upstream.Script = Scripts.UntilClose("text/event-stream", wire);
        await AssertFailsAsync(Streamed, 502, "upstream_protocol_error");
    }

    [Fact]
    public async Task StreamAndWhole_WhenTheOtherWasAsked_Are502()
    {
        Upstream.Script = Scripts.Json(200, ChatJson.Completion("Hello"));
        await AssertFailsAsync(Streamed, 502, "upstream_protocol_error");
        Upstream.Script = Scripts.Stream("Hello");
        await AssertFailsAsync(Plain, 502, "upstream_protocol_error");
    }

    [Fact]
    public async Task ContentCoding_ThatNobodyUnderstands_Is502_AndItsConnectionIsGivenUp()
    {
        Upstream.Script = e => e.AnswerAsync(200, "application/json", new byte[100_000], ("Content-Encoding", "zstd"));
        await AssertFailsAsync(Plain, 502);
        await Upstream.WaitForOpenConnectionsAsync(0);
    }

    [Fact]
    public async Task Headers_BeyondAllMeasure_Are502()
    {
        Upstream.Script = Scripts.BigHeaders("Hello", 400 * 1024);
        await AssertFailsAsync(Plain, 502, "upstream_error");
    }

    private static Task HalfAHead(ScriptedExchange exchange) => Write(exchange, "HTTP/1.1 200 OK\r\nContent-Ty");

    private static Task NoHttp(ScriptedExchange exchange) => Write(exchange, "SSH-2.0-OpenSSH_9.2\r\n\r\n");

    private static async Task Write(ScriptedExchange exchange, string text)
    {
        await exchange.WriteAsync(text);
        await exchange.CloseAsync();
    }

    private async Task<string> AssertFailsAsync(string body, int status, string? code = null)
    {
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url), "retry: { attempts: 1 }");

        using var response = await gateway.PostAsync("/v1/chat/completions", body);

        var text = await response.Content.ReadAsStringAsync();
        code ??= ((string[])["upstream_error", "upstream_protocol_error", "upstream_unreachable"])
            .First(c => text.Contains($"\"code\":\"{c}\"", StringComparison.Ordinal));
        var message = await Answers.AssertErrorAsync(response, status, code);
        Assert.Contains("'remote'", message, StringComparison.Ordinal);
        Assert.Contains($"error={code}", await gateway.WaitForLogAsync($"status={status}"), StringComparison.Ordinal);
        await Answers.WaitUntilIdleAsync(gateway);
        return message;
    }
}
