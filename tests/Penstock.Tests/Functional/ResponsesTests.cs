using System.Net;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>Streams of <c>/v1/responses</c> and other routes, which end otherwise than in <c>[DONE]</c>.</summary>
public sealed class ResponsesTests : UpstreamTest
{
    private const string Request = """{"model":"m","input":"x","stream":true}""";
    private const string Created = "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"resp_1\",\"error\":null,\"usage\":null}}\n\n";
    private const string Delta = "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"Hi\"}\n\n";
    private const string Completed = "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"id\":\"resp_1\",\"usage\":{\"input_tokens\":31,\"output_tokens\":12}}}\n\n";

    [Fact]
    public async Task Stream_PassesByteForByte_WithItsUsageCounted()
    {
        Upstream.Script = Send(Created + ": ping\n\n" + Delta + Completed);
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var response = await gateway.PostAsync("/v1/responses", Request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Created + ": ping\n\n" + Delta + Completed, await response.Content.ReadAsStringAsync());
        Assert.Equal(Request, (await Upstream.WaitForRequestAsync()).BodyText);
        var line = await gateway.WaitForLogAsync("status=200");
        Assert.Contains("prompt_tokens=31 completion_tokens=12", line, StringComparison.Ordinal);
        Assert.Contains("ttft_ms=", line, StringComparison.Ordinal);
        Assert.DoesNotContain("error=", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("response.incomplete")]
    [InlineData("response.failed")]
    public async Task Stream_WithAnotherEndOfItsOwn_IsOver(string type)
    {
        var wire = Created + Completed.Replace("response.completed", type, StringComparison.Ordinal);
        Upstream.Script = Send(wire);
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var response = await gateway.PostAsync("/v1/responses", Request);

        Assert.Equal(wire, await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stream_WithoutItsLastEvent_IsAnError(bool inOrder)
    {
        Upstream.Script = async exchange =>
        {
            await exchange.StartSseAsync();
            await exchange.ChunkAsync(Created + Delta);
            await (inOrder ? exchange.FinishChunksAsync() : exchange.CloseAsync());
        };
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var response = await gateway.PostAsync("/v1/responses", Request);

        var body = await response.Content.ReadAsStringAsync();
        Assert.StartsWith(Created + Delta, body, StringComparison.Ordinal);
        Answers.AssertBrokenOff(body);
        Assert.Contains("error=upstream_error", await gateway.WaitForLogAsync("status=200"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_WithAnErrorEventBeforeContent_IsTriedAgain()
    {
        const string error = "event: error\ndata: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"boom\",\"param\":null}\n\n";
        Upstream.Script = Send(Created + error);
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var response = await gateway.PostAsync("/v1/responses", Request);

        Assert.Contains("boom", await Answers.AssertErrorAsync(response, 502, "upstream_error"), StringComparison.Ordinal);
        Assert.Equal(2, Upstream.Requests.Count);
    }

    [Fact]
    public async Task Stream_WithAnErrorEvent_PassesItAndFails()
    {
        const string error = "event: error\ndata: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"boom\",\"param\":null}\n\n";
        Upstream.Script = Send(Created + Delta + error);
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var response = await gateway.PostAsync("/v1/responses", Request);

        Assert.Equal(Created + Delta + error, await response.Content.ReadAsStringAsync());
        Assert.Contains("error=upstream_error", await gateway.WaitForLogAsync("status=200"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/images/generations")]
    [InlineData("/v1/audio/speech")]
    [InlineData("/v1/audio/transcriptions")]
    public async Task Stream_OfARouteWithoutAMarkForItsEnd_PassesAsItIs(string path)
    {
        const string wire = "event: x\ndata: any text\n\ndata: {\"type\":\"transcript.text.done\",\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}\n\n";
        Upstream.Script = Send(wire);
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var response = await gateway.PostAsync(path, Request);

        Assert.Equal(wire, await response.Content.ReadAsStringAsync());
        Assert.Contains("prompt_tokens=1 completion_tokens=2", await gateway.WaitForLogAsync("status=200"), StringComparison.Ordinal);
    }

    private static Func<ScriptedExchange, Task> Send(string wire) => async exchange =>
    {
        await exchange.StartSseAsync();
        await exchange.ChunkAsync(wire);
        await exchange.FinishChunksAsync();
    };
}
