using System.Globalization;
using System.Net;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Faults;

/// <summary>When a request is tried again and where, and what the caller is told when that is over.</summary>
public sealed class RetryRulesTests : FaultTest
{
    [Fact]
    public async Task Answer_AtOnce_TookOneAttempt()
    {
        await using var gateway = await StartAsync();

        var answer = await AskAsync(gateway);
        using var whole = await gateway.ChatAsync();

        answer.AssertWhole(from: "primary");
        Assert.Equal("1", answer.Attempts);
        Assert.Equal("1", Answers.HeaderOf(whole, "X-Attempts"));
    }

    [Fact]
    public async Task RetryAfter_AnotherIsFree_ItIsAskedAtOnceAndTheFirstIsLeftAlone()
    {
        Primary.Enqueue(Scripts.Error(429, headers: ("Retry-After", "600")));
        await using var gateway = await StartPoolAsync();

        for (var i = 0; i < 5; i++) (await AskAsync(gateway)).AssertWhole(from: "spare");

        Assert.Single(Primary.Requests);
    }

    [Fact]
    public async Task RetryAfter_IsOver_TheFirstIsAskedAgain()
    {
        Primary.Enqueue(Scripts.Error(503, headers: ("Retry-After", "1")));
        await using var gateway = await StartPoolAsync();

        (await AskAsync(gateway)).AssertWhole(from: "spare");
        await Task.Delay(TimeSpan.FromSeconds(1.1));

        // It has the priority, and would be asked again at once.
        (await AskAsync(gateway)).AssertWhole(from: "primary");
    }

    [Theory]
    [InlineData("Retry-After", "1", 0.95)]
    [InlineData("retry-after-ms", "400", 0.35)]
    [InlineData("x-ratelimit-reset-requests", "1s", 0.95)]
    [InlineData("x-ratelimit-reset-tokens", "500ms", 0.45)]
    public async Task RetryAfter_NobodyElse_ItIsWaitedFor(string header, string value, double seconds)
    {
        Primary.Enqueue(Scripts.Error(429, headers: (header, value)));
        // Of its own accord it would wait next to nothing, or far too long.
        await using var gateway = await StartAloneAsync();

        (await AskAsync(gateway)).AssertWhole(from: "primary");

        Assert.Equal(2, Primary.Requests.Count);
        Assert.True((Primary.Requests[1].At - Primary.Requests[0].At).TotalSeconds >= seconds, "It did not wait for that.");
    }

    [Fact]
    public async Task RetryAfter_AsADate_IsWaitedFor()
    {
        Primary.Enqueue(exchange => Scripts.Error(429, headers: ("Retry-After", InTwoSeconds()))(exchange));
        await using var gateway = await StartAloneAsync();

        (await AskAsync(gateway)).AssertWhole(from: "primary");

        // Whole seconds are all that a date has.
        Assert.True((Primary.Requests[1].At - Primary.Requests[0].At).TotalSeconds >= 0.9, "It did not wait for that.");
    }

    [Fact]
    public async Task RetryAfter_IsTooLongToWaitFor_Is429WithIt()
    {
        Primary.Script = Scripts.Error(429, headers: ("Retry-After", "600"));
        await using var gateway = await StartAloneAsync();

        var answer = await AskAsync(gateway);

        Assert.Equal(429, answer.Status);
        Assert.InRange(answer.RetryAfter!.Value.TotalSeconds, 500, 600);
        Assert.Single(Primary.Requests);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task Credentials_AreRefused_AnotherAnswers(int status)
    {
        Primary.Script = Scripts.Error(status, "bad key", "authentication_error", "invalid_api_key");
        await using var gateway = await StartAsync();

        (await AskAsync(gateway)).AssertWhole(from: "spare");

        Assert.Single(Primary.Requests);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task Credentials_AreRefusedByAll_Is502AndNotTheCallersFault(int status)
    {
        Primary.Script = Scripts.Error(status, "bad key sk-secret", "authentication_error", "invalid_api_key");
        await using var gateway = await StartAloneAsync("api_key: sk-secret");

        var answer = await AskAsync(gateway);
        var later = await AskAsync(gateway);

        answer.AssertRefused(HttpStatusCode.BadGateway, "upstream_credentials");
        Assert.DoesNotContain("sk-secret", answer.Body, StringComparison.Ordinal);
        later.AssertRefused(HttpStatusCode.BadGateway, "upstream_credentials");
    }

    [Theory]
    [InlineData(404)]
    [InlineData(409)]
    [InlineData(422)]
    public async Task OtherRefusals_AreTheCallers(int status)
    {
        var said = ChatJson.Error("no", "invalid_request_error", "something");
        Primary.Script = Scripts.Json(status, said);
        await using var gateway = await StartAsync();

        var answer = await AskAsync(gateway);

        Assert.Equal((status, said), (answer.Status, answer.Body));
        Assert.Equal(1, Attempts);
    }

    [Fact]
    public async Task RequestTimeout_OfTheServer_IsTriedElsewhere()
    {
        Primary.Script = Scripts.Error(408);
        await using var gateway = await StartAsync();

        (await AskAsync(gateway)).AssertWhole(from: "spare");
    }

    [Fact]
    public async Task ErrorEvent_BeforeContent_IsTriedElsewhere()
    {
        Primary.Script = Scripts.ErrorEventAfter(0, Text);
        await using var gateway = await StartAsync();

        (await AskAsync(gateway)).AssertWhole(from: "spare");
    }

    [Fact]
    public async Task NoTimeIsLeftForARepeat_TheFallbackIsAskedAllTheSame()
    {
        // One that has stumbled might be asked once more, but the silence of the other has taken all the time for that.
        Primary.Script = Scripts.Error(500);
        Spare.Script = Scripts.NeverAnswers();
        await using var third = ScriptedUpstream.Start(Scripts.Chat(Text));
        await using var gateway = await TestGateway.StartAsync($$"""
            models: [{ name: m, backends: [primary, spare], policy: priority, fallbacks: [third] }]
            backends:
              - { name: primary, url: '{{Primary.Url}}', health: off, first_token_timeout: 1 }
              - { name: spare, url: '{{Spare.Url}}', health: off, first_token_timeout: 1 }
              - { name: third, url: '{{third.Url}}', health: off }
            {{Quick}}
            """);

        (await AskAsync(gateway)).AssertWhole(from: "third");

        Assert.Single(Spare.Requests);
        Assert.Empty(third.ScriptErrors);
    }

    [Fact]
    public async Task LongPrompt_IsSentAgainWhole()
    {
        Primary.Script = Scripts.Error(503);
        await using var gateway = await StartAsync();
        var prompt = new string('p', 8 * 1024 * 1024);

        using var response = await gateway.ChatAsync(prompt);

        Assert.Equal(Text, (await response.JsonAsync()).Content());
        Assert.Equal(prompt, Assert.Single(Spare.Requests).Json.GetProperty("messages")[0].Text("content"));
    }

    [Fact]
    public async Task AllAreDown_Is503AtOnceAndWithRetryAfter()
    {
        Primary.Script = Scripts.Error(500);
        await using var gateway = await StartAloneAsync("breaker: { failures: 1, open: 60 }", root: "retry: { attempts: 1 }");

        (await AskAsync(gateway)).AssertRefused(HttpStatusCode.BadGateway, "upstream_error");
        var answer = await AskAsync(gateway);

        answer.AssertRefused(HttpStatusCode.ServiceUnavailable, "no_healthy_backend");
        Assert.InRange(answer.RetryAfter!.Value.TotalSeconds, 1, 60);
        Assert.Single(Primary.Requests);
    }

    [Fact]
    public async Task AllAreDownByTheirProbes_Is503AndNobodyIsAsked()
    {
        Primary.HealthScript = Scripts.Error(500);
        await using var gateway = await StartAloneAsync("health: { path: /health, interval: 0.1, unhealthy_after: 1 }");
        await gateway.WaitForLogAsync("The backend primary is down");

        var answer = await AskAsync(gateway);
        using var ready = await gateway.Client.GetAsync("/readyz");

        answer.AssertRefused(HttpStatusCode.ServiceUnavailable, "no_healthy_backend");
        Assert.NotNull(answer.RetryAfter);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Empty(Primary.Requests);
    }

    [Fact]
    public async Task Seats_AreTakenAndNobodyMayWait_Is429QueueFull()
    {
        Primary.Script = Scripts.PauseAfter(20, Text);
        await using var gateway = await StartAloneAsync("max_concurrency: 1", "queue: { max_requests: 0 }");
        using var first = await OpenStream.ChatAsync(gateway.Client);
        await first.ReadToAsync("w20");

        var second = await AskAsync(gateway);
        Primary.Release();
        var rest = await first.ReadToEndAsync();

        second.AssertRefused(HttpStatusCode.TooManyRequests, "queue_full");
        Assert.NotNull(second.RetryAfter);
        Assert.Equal(Text, rest.Content);
        Assert.Single(Primary.Requests);
    }

    [Fact]
    public async Task Seats_AreTaken_AnotherAnswers()
    {
        Primary.Script = Scripts.PauseAfter(20, Text);
        await using var gateway = await StartPoolAsync("max_concurrency: 1");
        using var first = await OpenStream.ChatAsync(gateway.Client);
        await first.ReadToAsync("w20");

        (await AskAsync(gateway)).AssertWhole(from: "spare");
        Primary.Release();

        Assert.Equal(Text, (await first.ReadToEndAsync()).Content);
    }

    [Fact]
    public async Task Outage_ManyRequests_ExtraAttemptsStayWithinTheBudget()
    {
        const int Requests = 150;
        Primary.Script = Scripts.Error(500);
        Spare.Script = Scripts.Error(500);
        const string Never = "breaker: { failures: 1000 }";
        await using var gateway = await StartAsync(Never, Never, root: "retry: { attempts: 3, backoff: 0.01, budget: 0.2 }");

        var started = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < Requests; i++) (await AskAsync(gateway)).AssertRefused(HttpStatusCode.BadGateway, "upstream_error");
        var seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;

        // A fifth on top, and three a second as the floor, counted over 10 s.
        var most = Requests * 1.2 + 3 * (10 + seconds);
        Assert.InRange(Attempts, Requests + 1, most);
    }

    [Fact]
    public async Task RefusedConnections_DoNotUseUpTheBudget()
    {
        await Primary.DisposeAsync();
        await using var gateway = await StartAsync("breaker: { failures: 1000 }", root: "retry: { attempts: 3, backoff: 0.01, budget: 0 }");

        for (var i = 0; i < 100; i++) (await AskAsync(gateway)).AssertWhole(from: "spare");
    }

    private static string InTwoSeconds() =>
        TimeProvider.System.GetUtcNow().AddSeconds(2).ToString("r", CultureInfo.InvariantCulture);
}
