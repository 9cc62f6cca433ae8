using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Faults;

/// <summary>Whatever has happened to requests, those in flight are counted to zero.</summary>
public sealed class InFlightTests : FaultTest
{
    private const int Calls = 240;
    private const int AtOnce = 12;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Counters_AfterAnyMix_AreZero(int seed)
    {
        var random = new Random(seed);
        Primary.Script = exchange => Pick(random, Faults)(exchange);
        Spare.Script = exchange => Pick(random, Faults)(exchange);
        const string Short = "timeout: 0.4, first_token_timeout: 0.4, idle_timeout: 0.4, max_concurrency: 10, breaker: { failures: 20, open: 0.2 }";
        await using var gateway = await StartAsync(
            Short, Short + ", continuation: prefill", "hedge_after: 0.2, keepalive: 0.3", "retry: { attempts: 3, backoff: 0.02, budget: 1 }");

        for (var done = 0; done < Calls; done += AtOnce)
            await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => CallAsync(gateway, Next(random, 2) == 0, Next(random, 4) == 0 ? Next(random, 400) : null)));

        await Answers.WaitUntilIdleAsync(gateway);
        var metrics = await MetricsAsync(gateway);
        Assert.Equal(0, metrics.Value("penstock_in_flight_requests"));
        Assert.Equal(0, metrics.Value("penstock_backend_in_flight_requests", ("backend", "primary")));
        Assert.Equal(0, metrics.Value("penstock_backend_in_flight_requests", ("backend", "spare")));
        // All of it has happened: who is answered, who is not, and who has left (some before they had asked).
        Assert.InRange(metrics.Sum("penstock_requests_total", ("endpoint", "/v1/chat/completions")), Calls / 2, Calls);
        Assert.True(metrics.Sum("penstock_attempts_total", ("outcome", "success")) > 0);
        Assert.True(metrics.Sum("penstock_attempts_total", ("outcome", "timeout")) > 0);
        Assert.True(metrics.Sum("penstock_attempts_total", ("outcome", "caller_gone")) > 0);
    }

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
