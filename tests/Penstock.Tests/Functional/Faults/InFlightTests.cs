using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Faults;

/// <summary>Whatever has happened to requests, those in flight are counted to zero.</summary>
public sealed class InFlightTests : FaultTest
{
    private const int Calls = 120;
    private const int AtOnce = 12;

    private static readonly Func<ScriptedExchange, Task>[] Faults =
    [
        Scripts.Chat(Text), Scripts.Chat(Text), Scripts.Chat(Text), Scripts.Continues(Text),
        Scripts.Error(500), Scripts.Error(503), Scripts.Error(429), Scripts.Error(429, headers: ("retry-after-ms", "50")),
        Scripts.Error(400, "no", "invalid_request_error"), Scripts.Error(400, "long", "invalid_request_error", "context_length_exceeded"),
        Scripts.NeverAnswers(), Scripts.SilentAfterHeaders(role: true), Scripts.ResetBeforeHeaders(), Scripts.CloseBeforeHeaders(),
        Scripts.ResetAfter(40, Text), Scripts.CloseAfter(20, Text), Scripts.StallAfter(20, Text), Scripts.EndAfter(30, Text),
        Scripts.HalfEventAfter(10, Text), Scripts.BadEventAfter(10, Text), Scripts.ErrorEventAfter(10, Text), Scripts.WithoutDone(Text),
        Scripts.WrongContentLength(Text), Scripts.Html(), Scripts.JsonErrorWith200(), Scripts.Gzip(Text), Scripts.Chat("another text"),
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Counters_AfterAnyMix_AreZero(int seed)
    {
        // With leave to fail: a breaker that is open would spare most calls what is to happen to them.
        await using var gateway = await StartMixAsync(seed, "breaker: { failures: 1000 }");

        var metrics = await CallAllAsync(gateway, seed);

        // All of it has happened: who is answered, who is not. Who leaves may do so before it is heard, on a busy machine.
        Assert.InRange(metrics.Sum("penstock_requests_total", ("endpoint", "/v1/chat/completions")), Calls / 2, Calls);
        foreach (var outcome in (string[])["success", "timeout", "status"])
            Assert.True(metrics.Sum("penstock_attempts_total", ("outcome", outcome)) > 0, $"No attempt ended in {outcome}.");
    }

    [Fact]
    public async Task Counters_AfterBreakersHaveOpenedAndSeatsHaveRunOut_AreZero()
    {
        await using var gateway = await StartMixAsync(seed: 4, "breaker: { failures: 2, open: 0.1 }, max_concurrency: 2");

        var metrics = await CallAllAsync(gateway, seed: 4);

        Assert.True(metrics.Sum("penstock_requests_total", ("status", "503")) + metrics.Sum("penstock_requests_total", ("status", "429")) > 0);
    }

    private async Task<TestGateway> StartMixAsync(int seed, string more)
    {
        var random = new Random(seed);
        Primary.Script = exchange => Pick(random, Faults)(exchange);
        Spare.Script = exchange => Pick(random, Faults)(exchange);
        var settings = "timeout: 0.4, first_token_timeout: 0.4, idle_timeout: 0.4, " + more;
        return await StartAsync(
            settings, settings + ", continuation: prefill", "hedge_after: 0.2, keepalive: 0.3", "retry: { attempts: 3, backoff: 0.02, budget: 1 }");
    }

    private static async Task<PrometheusText> CallAllAsync(TestGateway gateway, int seed)
    {
        var random = new Random(-seed);
        for (var done = 0; done < Calls; done += AtOnce)
            await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => CallAsync(gateway, Next(random, 2) == 0, Next(random, 4) == 0 ? Next(random, 400) : null)));

        await Answers.WaitUntilIdleAsync(gateway);
        var metrics = await MetricsAsync(gateway);
        Assert.Equal(0, metrics.Value("penstock_in_flight_requests"));
        Assert.Equal(0, metrics.Value("penstock_backend_in_flight_requests", ("backend", "primary")));
        Assert.Equal(0, metrics.Value("penstock_backend_in_flight_requests", ("backend", "spare")));
        return metrics;
    }

    private static async Task CallAsync(TestGateway gateway, bool isStream, int? leavesAfter)
    {
        using var leaving = new CancellationTokenSource();
        if (leavesAfter is { } milliseconds) leaving.CancelAfter(milliseconds);
        try
        {
            using var response = await gateway.StreamAsync(
                "/v1/chat/completions", TestGateway.Chat("x", isStream ? ",\"stream\":true" : ""), leaving.Token);
            await response.Content.ReadAsByteArrayAsync(leaving.Token);
        }
        catch (OperationCanceledException) when (leaving.IsCancellationRequested)
        {
            // It has left.
        }
    }

    // The scripts run side by side; what comes of a seed is much the same each time, and need not be the very same.
    private static int Next(Random random, int below)
    {
        lock (random) return random.Next(below);
    }

    private static Func<ScriptedExchange, Task> Pick(Random random, Func<ScriptedExchange, Task>[] scripts) => scripts[Next(random, scripts.Length)];
}
