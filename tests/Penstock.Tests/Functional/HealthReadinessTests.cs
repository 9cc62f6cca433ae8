using System.Net;
using Penstock.Health;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary><c>/readyz</c> and the gauges: what the gateway says of its backends to those who watch it.</summary>
public sealed class HealthReadinessTests : IAsyncLifetime
{
    private TestGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await TestGateway.StartAsync("""
        backends:
          - name: one
            type: echo
          - name: two
            type: echo
        """);

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Fact]
    public async Task Ready_WhileAnyBackendIsAble()
    {
        OutOf("one").Drain();
        await AssertReadyAsync();
        OutOf("two").Rest(TimeSpan.FromMinutes(1));
        await AssertReadyAsync();
        Assert.True(Probing.BackendOf(_gateway, "two").State.Health.Obstacle == Obstacle.Resting);
    }

    [Theory]
    [InlineData("drained", 30)]
    [InlineData("breaker", 10)]
    [InlineData("credentials", 60)]
    public async Task NotReady_WhileAllAreOut_WithRetryAfterOfTheSoonest(string why, int seconds)
    {
        OutOf("one").RejectCredentials("x");
        var health = OutOf("two");
        if (why == "drained") health.Drain();
        else if (why == "breaker") Break(health);
        else health.RejectCredentials("x");

        using var response = await _gateway.Client.GetAsync("/readyz");

        await Answers.AssertErrorAsync(response, 503, "no_healthy_backend", backend: null);
        Assert.InRange(response.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, seconds);
        Assert.Equal(HttpStatusCode.OK, (await _gateway.Client.GetAsync("/healthz")).StatusCode);

        health.Enable();
        if (why == "drained") await AssertReadyAsync();
    }

    [Fact]
    public async Task Gauges_FollowTheBackends()
    {
        await AssertGaugesAsync(("one", 1, 0), ("two", 1, 0));

        OutOf("one").Drain();
        Break(OutOf("two"));
        await AssertGaugesAsync(("one", 0, 0), ("two", 0, 2));

        OutOf("one").Enable();
        await AssertGaugesAsync(("one", 1, 0), ("two", 0, 2));

        await File.WriteAllTextAsync(_gateway.ConfigFile, "backends:\n  - name: two\n    type: echo\n");
        Assert.True(_gateway.Get<Penstock.Runtime.GatewayRuntime>().TryReload());
        await AssertGaugesAsync(("two", 0, 2));
    }

    private static void Break(BackendHealth health)
    {
        for (var i = 0; i < 5; i++) health.Failed("it answered 500");
    }

    private BackendHealth OutOf(string name) => Probing.BackendOf(_gateway, name).State.Health;

    private async Task AssertReadyAsync()
    {
        using var response = await _gateway.Client.GetAsync("/readyz");
        Assert.Equal("{\"status\":\"ready\"}", await response.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private async Task AssertGaugesAsync(params (string Backend, int Up, int Breaker)[] expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.TryAddWithoutValidation("Accept", "text/plain");
        using var response = await _gateway.Client.SendAsync(request);
        var metrics = PrometheusText.Parse(await response.Content.ReadAsStringAsync(), openMetrics: false);

        Assert.Empty(metrics.Lint());
        Assert.Equal(expected.Length, metrics.Samples.Count(s => s.Name == "penstock_backend_up"));
        Assert.Equal(expected.Length, metrics.Samples.Count(s => s.Name == "penstock_backend_breaker_state"));
        foreach (var (backend, up, breaker) in expected)
        {
            Assert.Equal(up, metrics.Value("penstock_backend_up", ("backend", backend)));
            Assert.Equal(breaker, metrics.Value("penstock_backend_breaker_state", ("backend", backend)));
        }
    }
}
