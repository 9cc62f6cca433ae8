using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Penstock.Admission.Limits;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>Limits over real sockets, on a clock that stands, so that nothing comes in while the calls are made.</summary>
public sealed class CallerLimitTests : IAsyncLifetime
{
    private readonly ManualTime _time = new();
    private readonly ScriptedUpstream _upstream = ScriptedUpstream.Start(Scripts.Chat("one two three"));

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _upstream.DisposeAsync();
        Assert.Empty(_upstream.ScriptErrors);
    }

    [Fact]
    public async Task Chat_ThousandAtOnceAgainstHundredRequests_PassesExactlyHundred()
    {
        await using var gateway = await StartAsync("{ requests_per_minute: 100 }");

        var responses = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => CallAsync(gateway)));

        Assert.Equal(100, responses.Count(r => r.StatusCode == HttpStatusCode.OK));
        Assert.Equal(900, responses.Count(r => r.StatusCode == HttpStatusCode.TooManyRequests));
        Assert.Equal(100, _upstream.Requests.Count);
        foreach (var response in responses) response.Dispose();
    }

    [Fact]
    public async Task Chat_ManyAtOnceAgainstTokens_NeverReservesMoreThanThereAre()
    {
        // Each is estimated at 5 of the text, for 20 bytes, and 10 of the answer, and really uses 5 and 3.
        _upstream.Script = Scripts.OnceReleased(Scripts.Chat("one two three"));
        await using var gateway = await StartAsync("{ tokens_per_minute: 100 }");

        var calls = Enumerable.Range(0, 50).Select(_ => CallAsync(gateway, "12345678901234567890", ",\"max_tokens\":10")).ToArray();
        await Patience.UntilAsync(() => calls.Count(call => call.IsCompleted) == 44 && _upstream.Requests.Count == 6, "all but six are answered");
        Assert.Equal(10, Read(gateway).TokensLeft);
        _upstream.Release();

        Assert.Equal(6, (await Task.WhenAll(calls)).Count(r => r.StatusCode == HttpStatusCode.OK));
        await Patience.UntilAsync(() => Read(gateway).TokensLeft == 100 - (6 * 8), "what was not used is given back");
    }

    [Fact]
    public async Task Chat_OverTheLimit_SaysWhichOfWhomAndWhenItPasses()
    {
        await using var gateway = await StartAsync("{ requests_per_minute: 2 }");
        using var first = await CallAsync(gateway);
        using var second = await CallAsync(gateway);

        using var third = await CallAsync(gateway);

        var message = await third.AssertErrorAsync(429, "rate_limit_exceeded", type: "rate_limit_error");
        Assert.Contains("caller 'team' reached: 2 requests per minute", message, StringComparison.Ordinal);
        Assert.Equal("30", Answers.HeaderOf(third, "Retry-After"));
        _time.Advance(TimeSpan.FromSeconds(30));
        using var later = await CallAsync(gateway);
        Assert.Equal(HttpStatusCode.OK, later.StatusCode);
    }

    [Fact]
    public async Task Chat_WithLimits_CarriesOpenAisHeaders()
    {
        _upstream.Script = Scripts.Json(200, ChatJson.Completion("hi"), ("x-ratelimit-limit-requests", "7"), ("x-ratelimit-remaining-requests", "6"));
        await using var gateway = await StartAsync("{ requests_per_minute: 60, tokens_per_minute: 6000 }");

        using var response = await CallAsync(gateway, "12345678", ",\"max_tokens\":98");

        Assert.Equal("60", Answers.HeaderOf(response, "x-ratelimit-limit-requests"));
        Assert.Equal("59", Answers.HeaderOf(response, "x-ratelimit-remaining-requests"));
        Assert.Equal("1s", Answers.HeaderOf(response, "x-ratelimit-reset-requests"));
        Assert.Equal("6000", Answers.HeaderOf(response, "x-ratelimit-limit-tokens"));
        Assert.Equal("5900", Answers.HeaderOf(response, "x-ratelimit-remaining-tokens"));
        Assert.Equal("1s", Answers.HeaderOf(response, "x-ratelimit-reset-tokens"));
    }

    [Fact]
    public async Task Chat_WithoutLimits_PassesTheBackendsHeaders()
    {
        _upstream.Script = Scripts.Json(200, ChatJson.Completion("hi"), ("x-ratelimit-limit-requests", "7"));
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(_upstream.Url));

        using var response = await gateway.ChatAsync();

        Assert.Equal("7", Answers.HeaderOf(response, "x-ratelimit-limit-requests"));
        Assert.Null(Answers.HeaderOf(response, "x-ratelimit-remaining-requests"));
    }

    [Fact]
    public async Task Chat_CouldNeverFit_Is400()
    {
        await using var gateway = await StartAsync("{ tokens_per_minute: 1000 }");

        using var response = await CallAsync(gateway, "hi", ",\"max_tokens\":1000");

        Assert.Contains("never pass", await response.AssertErrorAsync(400, "invalid_value"), StringComparison.Ordinal);
        Assert.Empty(_upstream.Requests);
    }

    // The smaller of two caps is no promise: which one the server obeys is not known.
    [Fact]
    public async Task Chat_TwoCaps_CountsTheLarger()
    {
        await using var gateway = await StartAsync("{ tokens_per_minute: 1000 }");

        using var response = await CallAsync(gateway, "hi", ",\"max_tokens\":2000,\"max_completion_tokens\":1");

        await response.AssertErrorAsync(400, "invalid_value");
    }

    [Fact]
    public async Task Chat_BudgetGone_IsInsufficientQuotaUntilTheNextPeriod()
    {
        // 5 tokens of the prompt and 3 of the answer at a dollar each: 8 a call.
        await using var gateway = await StartAsync("{ concurrency: 100 }", "budget: { usd: 20, per: hour }", "prices: { m: { input: 1000000, output: 1000000 } }");
        for (var i = 0; i < 2; i++)
        {
            using var response = await CallAsync(gateway, "12345678901234567890", ",\"max_tokens\":3");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        using var third = await CallAsync(gateway, "12345678901234567890", ",\"max_tokens\":3");
        Assert.Contains("20 USD", await third.AssertErrorAsync(429, "insufficient_quota", type: "rate_limit_error"), StringComparison.Ordinal);
        Assert.Equal($"{3600 - (4 * 60) - 5}", Answers.HeaderOf(third, "Retry-After"));

        _time.Advance(TimeSpan.FromHours(1));
        using var next = await CallAsync(gateway, "12345678901234567890", ",\"max_tokens\":3");
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    [Fact]
    public async Task Chat_ModelAndGlobalLimits_HoldForAllCallersTogether()
    {
        await using var gateway = await TestGateway.StartAsync($$"""
            limits: { global: { requests_per_minute: 3 } }
            models: [{ name: m, backends: [remote], limits: { requests_per_minute: 2 } }, { name: other, backends: [remote] }]
            backends: [{ name: remote, url: {{_upstream.Url}}, health: off }]
            auth: { keys: [{ name: a, key: key-a }, { name: b, key: key-b }] }
            """, configure: services => services.AddSingleton<TimeProvider>(_time));

        Assert.Equal(200, await StatusAsync(gateway, "m", "key-a"));
        Assert.Equal(200, await StatusAsync(gateway, "m", "key-b"));
        using var model = await gateway.PostAsync("/v1/chat/completions", TestGateway.Chat("x"), ("x-api-key", "key-b"));
        Assert.Contains("model 'm' reached: 2 requests", await model.AssertErrorAsync(429, "rate_limit_exceeded", type: "rate_limit_error"), StringComparison.Ordinal);
        Assert.Equal(200, await StatusAsync(gateway, "other", "key-a"));
        using var global = await gateway.PostAsync("/v1/chat/completions", TestGateway.Chat("x").Replace("\"m\"", "\"other\"", StringComparison.Ordinal), ("x-api-key", "key-a"));
        Assert.Contains("this gateway reached: 3 requests", await global.AssertErrorAsync(429, "rate_limit_exceeded", type: "rate_limit_error"), StringComparison.Ordinal);
    }

    // Every way out gives back what was not used, and the seat.
    public static TheoryData<string, long> WaysOut => new()
    {
        { "success", 8 },
        { "stream", 8 },
        { "stream without usage", 5 + 3 },
        { "server error", 0 },
        { "refused", 0 },
        { "broken stream", 5 + 2 },
        { "rejected body", 0 },
        { "caller left", 5 + 2 },
        { "caller left before the answer", 5 },
    };

    [Theory]
    [MemberData(nameof(WaysOut))]
    public async Task Chat_HoweverItEnds_SettlesWithWhatWasUsed(string way, long used)
    {
        const string text = "one two three";
        _upstream.Script = way switch
        {
            "stream without usage" => Scripts.Stream(text, new ChatStream { Usage = false }),
            "server error" => Scripts.Error(500),
            "refused" => Scripts.ResetBeforeHeaders(),
            "broken stream" => Scripts.ResetAfter(2, text),
            "caller left" => Scripts.PauseAfter(2, text),
            "caller left before the answer" => Scripts.NeverAnswers(),
            _ => Scripts.Chat(text),
        };
        await using var gateway = await StartAsync("{ requests_per_minute: 100, tokens_per_minute: 1000, concurrency: 3 }", root: "rescue: off\nretry: { attempts: 1 }");
        var isStream = way.Contains("stream", StringComparison.Ordinal) || way == "caller left";
        var more = way == "rejected body" ? ",\"temperature\":\"hot\"" : isStream ? ",\"max_tokens\":50,\"stream\":true" : ",\"max_tokens\":50";

        using (var leaving = new CancellationTokenSource())
        {
            var call = CallAsync(gateway, "12345678901234567890", more, leaving.Token);
            if (way == "caller left before the answer") await Patience.UntilAsync(() => _upstream.Requests.Count == 1, "the server has it");
            if (way == "caller left")
            {
                using var response = await call;
                await using var stream = await response.Content.ReadAsStreamAsync();
                var read = "";
                var buffer = new byte[4096];
                while (!read.Contains("two", StringComparison.Ordinal)) read += System.Text.Encoding.UTF8.GetString(buffer, 0, await stream.ReadAsync(buffer));
            }
            else if (way.StartsWith("caller left", StringComparison.Ordinal))
            {
                await leaving.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
            }
            else
            {
                using var response = await call;
                try
                {
                    await response.Content.ReadAsStringAsync();
                }
                catch (HttpRequestException)
                {
                    // A stream that broke off.
                }
            }
        }

        var meter = MeterOf(gateway);
        await Patience.UntilAsync(() => meter.InFlight == 0 && Read(gateway).TokensLeft == 1000 - used, () => $"{used} tokens are used, and no seat is taken: {Read(gateway)}, {meter.InFlight}");
        Assert.Equal(way == "rejected body" ? 100 : 99, Read(gateway).RequestsLeft);
    }

    private Task<TestGateway> StartAsync(string limits, string key = "", string root = "") => TestGateway.StartAsync($$"""
        limits: { standard: {{limits}} }
        models: [{ name: m, backends: [remote] }]
        backends: [{ name: remote, url: {{_upstream.Url}}, health: off }]
        auth:
          keys:
            - name: team
              key: team-key
              limits: standard
              {{key}}
        {{root}}
        """, configure: services => services.AddSingleton<TimeProvider>(_time));

    private static Task<HttpResponseMessage> CallAsync(TestGateway gateway, string content = "hello", string more = "", CancellationToken cancellationToken = default)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(TestGateway.Chat(content, more), System.Text.Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("Authorization", "Bearer team-key");
        return gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    private static async Task<int> StatusAsync(TestGateway gateway, string model, string key)
    {
        using var response = await gateway.PostAsync(
            "/v1/chat/completions", TestGateway.Chat("x").Replace("\"m\"", $"\"{model}\"", StringComparison.Ordinal), ("x-api-key", key));
        return (int)response.StatusCode;
    }

    private static Meter MeterOf(TestGateway gateway) => gateway.Get<Meters>().All.Single(meter => meter.Name == "team");

    private static LimitReading Read(TestGateway gateway)
    {
        var meter = MeterOf(gateway);
        lock (meter.Gate) return meter.Read();
    }
}
