using System.Net;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Faults;

/// <summary>Rows 1 to 7, 12, 13, 15 and 16 of the fault table: what goes wrong before the caller has seen anything.</summary>
public sealed class FaultTableBeforeContentTests : FaultTest
{
    [Fact]
    public async Task Row01_429WithRetryAfterOnce_CallerGetsAll60FromTheSpareAtOnce()
    {
        Primary.Enqueue(Scripts.Error(429, headers: ("Retry-After", "2")));
        await using var gateway = await StartAsync();

        var answer = await AskAsync(gateway);

        answer.AssertWhole(from: "spare");
        Assert.Single(Primary.Requests);
        Assert.Equal("2", answer.Attempts);
    }

    [Fact]
    public async Task Row01_429WithRetryAfterOnceAndNoSpare_CallerGetsAll60AfterThatTime()
    {
        Primary.Enqueue(Scripts.Error(429, headers: ("Retry-After", "2")));
        await using var gateway = await StartAloneAsync();

        var answer = await AskAsync(gateway);

        answer.AssertWhole(from: "primary");
        Assert.Equal(2, Primary.Requests.Count);
        Assert.True(Primary.Requests[1].At - Primary.Requests[0].At >= TimeSpan.FromSeconds(1.9), "It asked again before that time.");
    }

    [Theory]
    [InlineData("2")]
    [InlineData(null)]
    public async Task Row02_429ForEver_CallerGetsAll60FromTheSpare(string? retryAfter)
    {
        Primary.Script = Scripts.Error(429, headers: Waiting(retryAfter));
        await using var gateway = await StartAsync(root: "");

        (await AskAsync(gateway)).AssertWhole(from: "spare");

        Assert.InRange(Attempts, 2, 4);
    }

    [Theory]
    [InlineData("2")]
    [InlineData(null)]
    public async Task Row02_429ForEverEverywhere_Is429AfterNoMoreThan4AttemptsIn3Seconds(string? retryAfter)
    {
        Primary.Script = Scripts.Error(429, headers: Waiting(retryAfter));
        Spare.Script = Scripts.Error(429, headers: Waiting(retryAfter));
        // The deadline that a wait has to fit into.
        await using var gateway = await StartAsync(root: "", model: "first_token_timeout: 5");

        var answer = await AskAsync(gateway);

        Assert.Equal(429, answer.Status);
        Assert.NotNull(answer.RetryAfter);
        // The two clocks began within a moment of each other, and every request of a caller comes after the first.
        var start = Primary.Requests[0].At;
        Assert.InRange(Primary.Requests.Concat(Spare.Requests).Count(r => r.At < start + TimeSpan.FromSeconds(3)), 2, 4);
    }

    [Fact]
    public async Task Row03_500Once_CallerGetsAll60()
    {
        Primary.Enqueue(Scripts.Error(500));
        await using var gateway = await StartAsync();

        (await AskAsync(gateway)).AssertWhole();

        Assert.Equal(2, Attempts);
    }

    [Fact]
    public async Task Row04_503ForEver_CallerGetsAll60FromTheSpare()
    {
        Primary.Script = Scripts.Error(503);
        await using var gateway = await StartAsync();

        (await AskAsync(gateway)).AssertWhole(from: "spare");

        Assert.InRange(Primary.Requests.Count, 1, 3);
        Assert.Single(Spare.Requests);
    }

    [Fact]
    public async Task Row05_ResetBeforeHeadersOnce_CallerGetsAll60()
    {
        Primary.Enqueue(Scripts.ResetBeforeHeaders());
        await using var gateway = await StartAsync();

        (await AskAsync(gateway)).AssertWhole();

        Assert.Equal(2, Attempts);
    }

    [Theory]
    [InlineData("first_token_timeout: 1", "")]
    [InlineData("timeout: 1", "")]
    [InlineData("", "first_token_timeout: 1")]
    public async Task Row06_NeverAnswers_CallerGetsAll60FromTheSpareAfterOneAttemptAtTheSilentOne(string primary, string model)
    {
        Primary.Script = Scripts.NeverAnswers();
        await using var gateway = await StartAsync(primary, model: model);

        (await AskAsync(gateway)).AssertWhole(from: "spare");

        Assert.Single(Primary.Requests);
        await Primary.WaitForAbortedAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Row07_FirstTokenAfter20Seconds_CallerGetsAll60FromTheSpareBefore(bool hasRole)
    {
        Primary.Script = async exchange =>
        {
            await exchange.StartSseAsync();
            if (hasRole) await exchange.EventAsync(ChatJson.RoleChunk());
            await Scripts.Late(e => e.EventAsync(ChatJson.ContentChunk("late")))(exchange);
        };
        await using var gateway = await StartAsync("first_token_timeout: 1");

        (await AskAsync(gateway)).AssertWhole(from: "spare");

        Assert.Single(Primary.Requests);
        await Primary.WaitForAbortedAsync();
    }

    [Fact]
    public async Task Row12_400ContextLengthExceeded_OneAttemptThereAndTheFallbackAnswers()
    {
        Primary.Script = Scripts.Error(400, "too long", "invalid_request_error", "context_length_exceeded");
        await using var gateway = await StartAsync();

        (await AskAsync(gateway)).AssertWhole(from: "spare");

        Assert.Single(Primary.Requests);
    }

    [Fact]
    public async Task Row12_400ContextLengthExceededAndNoFallback_IsTheCallersErrorAfterOneAttempt()
    {
        Primary.Script = Scripts.Error(400, "too long", "invalid_request_error", "context_length_exceeded");
        Spare.Script = Scripts.Error(400, "too long", "invalid_request_error", "context_length_exceeded");
        await using var gateway = await StartPoolAsync();

        var answer = await AskAsync(gateway);

        // The pool's other backend has the same model: it would say the same.
        Assert.Equal("too long", answer.AssertRefused(HttpStatusCode.BadRequest, "context_length_exceeded"));
        Assert.Equal(1, Attempts);
    }

    [Fact]
    public async Task Row13_400ContentPolicyViolation_IsTheCallersErrorAfterOneAttempt()
    {
        var said = ChatJson.Error("not this", "invalid_request_error", "content_policy_violation");
        Primary.Script = Scripts.Json(400, said);
        await using var gateway = await StartAsync();

        var answer = await AskAsync(gateway);

        answer.AssertRefused(HttpStatusCode.BadRequest, "content_policy_violation");
        Assert.Equal(said, answer.Body);
        Assert.Equal(1, Attempts);
    }

    [Fact]
    public async Task Row15_503ForAWhile_AllAreAnsweredAndThePrimaryIsBackInUseSoon()
    {
        Primary.Script = Scripts.Error(503);
        await using var gateway = await StartAsync("breaker: { failures: 3, window: 30, open: 0.5 }");

        for (var i = 0; i < 6; i++) (await AskAsync(gateway)).AssertWhole(from: "spare");
        Primary.Script = Scripts.Chat(Text);

        await UntilAnsweredByAsync(gateway, "primary");
    }

    [Fact]
    public async Task Row15_503ForAWhileOfAllItSays_ProbesBringItBack()
    {
        Primary.Script = Scripts.Error(503);
        Primary.HealthScript = Scripts.Error(503);
        await using var gateway = await StartAsync("health: { path: /health, interval: 0.1, healthy_after: 2, unhealthy_after: 1 }, breaker: { failures: 3, open: 0.1 }");
        await Primary.WaitForProbeAsync(2);

        for (var i = 0; i < 4; i++) (await AskAsync(gateway)).AssertWhole(from: "spare");
        Primary.Script = Scripts.Chat(Text);
        Primary.HealthScript = Scripts.Json(200, "{}");

        await UntilAnsweredByAsync(gateway, "primary");
    }

    [Fact]
    public async Task Row16_FallbackAnswers_ModelAndUsageAreIts()
    {
        Primary.Script = Scripts.Error(503);
        Spare.Script = Scripts.Stream(Text, new ChatStream { Model = "spares-model", PromptTokens = 9 });
        await using var gateway = await StartAsync();

        var answer = await AskAsync(gateway);

        answer.AssertWhole(from: "spare");
        Assert.Equal(["spares-model"], answer.Models);
        Assert.All(answer.Chunks, c => Assert.Equal("spare", c.GetProperty("backend").GetString()));
        Assert.Equal(9, answer.Usage.GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(69, answer.Usage.GetProperty("total_tokens").GetInt32());
    }

    [Fact]
    public async Task Row16_FallbackAnswersWhole_ModelAndUsageAreIts()
    {
        Primary.Script = Scripts.Error(503);
        Spare.Script = Scripts.Chat(Text, "spares-model", promptTokens: 9);
        await using var gateway = await StartAsync();

        using var response = await gateway.ChatAsync();

        var json = await response.JsonAsync();
        Assert.Equal(Text, json.Content());
        Assert.Equal("spares-model", json.Text("model"));
        Assert.Equal("spare", json.Text("backend"));
        Assert.Equal(69, json.GetProperty("usage").GetProperty("total_tokens").GetInt32());
        Assert.Contains("prompt_tokens=9 completion_tokens=60", await gateway.WaitForLogAsync("backend=spare"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Row16_FallbackIsAnotherModel_ItIsAskedByThatName()
    {
        Primary.Script = Scripts.Error(503);
        await using var gateway = await TestGateway.StartAsync($$"""
            models:
              - { name: m, backends: [primary], fallbacks: [big] }
              - { name: big, backends: [spare] }
            backends:
              - { name: primary, url: '{{Primary.Url}}', health: off }
              - { name: spare, url: '{{Spare.Url}}', health: off }
            {{Quick}}
            """);

        (await AskAsync(gateway)).AssertWhole(from: "spare");

        Assert.All(Primary.Requests, r => Assert.Equal("m", r.Json.Text("model")));
        Assert.Equal("big", Assert.Single(Spare.Requests).Json.Text("model"));
    }

    private static (string Name, string Value)[] Waiting(string? seconds) => seconds is null ? [] : [("Retry-After", seconds)];

    private static async Task UntilAnsweredByAsync(TestGateway gateway, string backend)
    {
        var started = TimeProvider.System.GetTimestamp();
        HeardStream answer;
        do
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Patience.Default, $"{backend} is not back in use.");
            answer = await AskAsync(gateway);
            answer.AssertWhole();
            await Task.Delay(20);
        }
        while (answer.Backend != backend);
    }
}
