using System.ClientModel;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>Every error status makes OpenAI's own client raise its typed exception, with our message and request id.</summary>
public sealed class OfficialClientErrorsTests : UpstreamTest
{
    [Theory]
    [InlineData(400, "context length")]
    [InlineData(403, "not yours")]
    [InlineData(404, "no such model")]
    [InlineData(422, "unprocessable")]
    [InlineData(429, "slow down")]
    public async Task ClientError_OfTheUpstream_IsRaisedAsItIs(int status, string message)
    {
        Upstream.Script = Scripts.Error(status, message, "invalid_request_error", headers: ("Retry-After", "7"));
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url), "retry: { attempts: 1 }");

        var (whole, streamed) = await FailAsync(gateway, status);

        Assert.All([whole, streamed], e => Assert.Contains(message, e.Message, StringComparison.Ordinal));
        Assert.True(whole.GetRawResponse()!.Headers.TryGetValue("Retry-After", out var wait));
        Assert.Equal("7", wait);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task ServerError_OfTheUpstream_IsRaisedAs502(int status)
    {
        Upstream.Script = Scripts.Error(status, "engine died");
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        var (whole, streamed) = await FailAsync(gateway, 502);

        Assert.All([whole, streamed], e => Assert.Contains($"The backend 'remote' answered {status}: engine died", e.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Refused_IsRaisedAs502()
    {
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(ScriptedUpstream.RefusingUrl()));

        var (whole, _) = await FailAsync(gateway, 502);

        Assert.Contains("upstream_unreachable", whole.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silence_IsRaisedAs504()
    {
        Upstream.Script = Scripts.NeverAnswers();
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url), "    timeout: 0.25");

        var (whole, _) = await FailAsync(gateway, 504);

        Assert.Contains("did not answer within 0.25 s", whole.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WrongKey_IsRaisedAs401()
    {
        await using var gateway = await TestGateway.StartAsync(null, new Dictionary<string, string> { ["API_KEY"] = "sk-right" });

        var (whole, _) = await FailAsync(gateway, 401);

        Assert.Contains("The API key is not one that this gateway knows", whole.Message, StringComparison.Ordinal);
        Assert.NotNull(await OfficialClientTests.ClientOf(gateway, "sk-right").GetChatClient("m").CompleteChatAsync("hello"));
    }

    [Fact]
    public async Task UnknownModel_IsRaisedAs404()
    {
        await using var gateway = await TestGateway.StartAsync("backends: [{ name: local, type: echo }]");

        var (whole, _) = await FailAsync(gateway, 404);

        Assert.Contains("The model 'm' does not exist here", whole.Message, StringComparison.Ordinal);
        Assert.Contains("model_not_found", whole.Message, StringComparison.Ordinal);
        var one = await Assert.ThrowsAsync<ClientResultException>(
            () => OfficialClientTests.ClientOf(gateway).GetOpenAIModelClient().GetModelAsync("nobody"));
        Assert.Equal(404, one.Status);
    }

    [Fact]
    public async Task InvalidRequest_IsRaisedAs400()
    {
        await using var gateway = await TestGateway.StartAsync();

        var e = await Assert.ThrowsAsync<ClientResultException>(
            () => OfficialClientTests.ClientOf(gateway).GetChatClient("m").CompleteChatAsync(
                [new OpenAI.Chat.UserChatMessage("hello")], new OpenAI.Chat.ChatCompletionOptions { Temperature = 5 }));

        Assert.Equal(400, e.Status);
        Assert.Contains("Invalid value for 'temperature'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Draining_IsRaisedAs503()
    {
        Upstream.Script = Scripts.OnceReleased(Scripts.Chat("Hello"));
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));
        var client = OfficialClientTests.ClientOf(gateway);
        var inFlight = client.GetChatClient("m").CompleteChatAsync("hello");
        await Upstream.WaitForRequestAsync();
        var drained = gateway.Get<Penstock.Health.Drain>().RunAsync(Patience.Default, TimeSpan.Zero, TimeProvider.System, CancellationToken.None);

        var e = await Assert.ThrowsAsync<ClientResultException>(() => client.GetChatClient("m").CompleteChatAsync("hello"));
        Upstream.Release();

        Assert.Equal(503, e.Status);
        Assert.Contains("shutting down", e.Message, StringComparison.Ordinal);
        Assert.NotNull(OfficialClientTests.RequestIdOf(e.GetRawResponse()!));
        Assert.Equal("Hello", (await inFlight).Value.Content[0].Text);
        Assert.True(await drained);
    }

    private static async Task<(ClientResultException Whole, ClientResultException Streamed)> FailAsync(TestGateway gateway, int status)
    {
        var chat = OfficialClientTests.ClientOf(gateway).GetChatClient("m");
        var whole = await Assert.ThrowsAsync<ClientResultException>(() => chat.CompleteChatAsync("hello"));
        var streamed = await Assert.ThrowsAsync<ClientResultException>(async () =>
        {
            await foreach (var _ in chat.CompleteChatStreamingAsync("hello"))
            {
            }
        });
        foreach (var e in (ClientResultException[])[whole, streamed])
        {
            Assert.Equal(status, e.Status);
            var id = OfficialClientTests.RequestIdOf(e.GetRawResponse()!);
            Assert.Contains($"status={status}", await gateway.WaitForLogAsync($"id={id}"), StringComparison.Ordinal);
        }

        return (whole, streamed);
    }
}
