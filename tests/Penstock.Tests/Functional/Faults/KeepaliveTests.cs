using System.Net;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Faults;

/// <summary>A stream that waits long for its first content gets signs of life, and from then on its status is settled.</summary>
public sealed class KeepaliveTests : FaultTest
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Waiting_LongerThanKeepalive_StatusAndCommentsComeAndThenTheAnswer(bool hasHeaders)
    {
        Primary.Script = hasHeaders ? Scripts.PauseAfter(0, Text) : Scripts.OnceReleased(Scripts.Chat(Text));
        await using var gateway = await StartAsync(model: "keepalive: 0.2");

        using var response = await gateway.StreamAsync(
            "/v1/chat/completions", TestGateway.Chat("x", ",\"stream\":true,\"stream_options\":{\"include_usage\":true}"));
        using var body = await ArrivingBody.OfAsync(response);
        await body.ReadUntilAsync(": keepalive\n\n: keepalive\n\n");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(SseText.Parse(body.Text).Events);
        Primary.Release();

        var answer = new HeardStream(response, await body.ReadToEndAsync());
        answer.AssertWhole();
        Assert.All(answer.Events.Comments, comment => Assert.Equal(" keepalive", comment));
        Assert.Equal(1, Attempts);
    }

    [Fact]
    public async Task Failure_AfterKeepalive_IsAnErrorEvent()
    {
        Primary.Script = Scripts.OnceReleased(Scripts.Error(503));
        await using var gateway = await StartAloneAsync(model: "keepalive: 0.1");

        using var response = await gateway.StreamAsync("/v1/chat/completions", TestGateway.Chat("x", ",\"stream\":true"));
        using var body = await ArrivingBody.OfAsync(response);
        await body.ReadUntilAsync(": keepalive");
        Primary.Release();

        var code = new HeardStream(response, await body.ReadToEndAsync()).AssertBroken("");
        Assert.Equal("upstream_error", code);
        await Answers.WaitUntilIdleAsync(gateway);
    }

    [Fact]
    public async Task Failure_AfterKeepalive_IsStillTriedElsewhere()
    {
        Primary.Script = Scripts.OnceReleased(Scripts.Error(503));
        await using var gateway = await StartAsync(model: "keepalive: 0.1");

        using var response = await gateway.StreamAsync(
            "/v1/chat/completions", TestGateway.Chat("x", ",\"stream\":true,\"stream_options\":{\"include_usage\":true}"));
        using var body = await ArrivingBody.OfAsync(response);
        await body.ReadUntilAsync(": keepalive");
        Primary.Release();

        new HeardStream(response, await body.ReadToEndAsync()).AssertWhole();
    }

    [Fact]
    public async Task RefusalOfTheRequest_AfterKeepalive_IsAnErrorEvent()
    {
        Primary.Script = Scripts.OnceReleased(Scripts.Error(400, "not this", "invalid_request_error", "content_policy_violation"));
        await using var gateway = await StartAsync(model: "keepalive: 0.1");

        using var response = await gateway.StreamAsync(
            "/v1/chat/completions", TestGateway.Chat("x", ",\"stream\":true,\"stream_options\":{\"include_usage\":true}"));
        using var body = await ArrivingBody.OfAsync(response);
        await body.ReadUntilAsync(": keepalive");
        Primary.Release();

        var code = new HeardStream(response, await body.ReadToEndAsync()).AssertBroken("");
        Assert.Equal("content_policy_violation", code);
        Assert.Equal(1, Attempts);
    }

    [Fact]
    public async Task Failure_BeforeKeepalive_KeepsItsStatus()
    {
        Primary.Script = Scripts.Error(503);
        await using var gateway = await StartAloneAsync(model: "keepalive: 60");

        (await AskAsync(gateway)).AssertRefused(HttpStatusCode.BadGateway, "upstream_error");
    }

    [Fact]
    public async Task WholeAnswer_HasNoKeepalive()
    {
        Primary.Script = Scripts.Late(Scripts.Chat(Text), seconds: 0.5);
        await using var gateway = await StartAloneAsync(model: "keepalive: 0.1");

        using var response = await gateway.ChatAsync();

        Assert.Equal(Text, (await response.JsonAsync()).Content());
    }
}
