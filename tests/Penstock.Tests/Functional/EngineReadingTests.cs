using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Runtime;
using Penstock.Tests.Backends.Engines;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>What servers say of themselves, from their sockets to what the gateway shows of it and does with it.</summary>
public sealed class EngineReadingTests : UpstreamTest
{
    private static readonly Dictionary<string, string> Admin = new() { ["ADMIN_KEY"] = "admin-sekret" };

    private readonly ManualTime _time = new();

    [Fact]
    public async Task Admin_Backends_ShowSeatsAndWhatTheServerSays()
    {
        Upstream.TellsAsVllm();
        await using var gateway = await StartAsync(Backend(Upstream));
        await ToldAsync(gateway, EngineKind.Vllm);

        using var shown = await ShowAsync(gateway);

        var backend = shown.RootElement.GetProperty("data")[0];
        Assert.Equal((1024, "learned"), (backend.GetProperty("seats").GetInt32(), backend.GetProperty("seats_from").GetString()));
        Assert.Equal(
            """{"kind":"vllm","running":20,"waiting":3,"cache_usage":0.5,"cache_tokens":1048576,"age_ms":0}""", backend.GetProperty("engine").GetRawText());
        Assert.Equal(JsonValueKind.Null, backend.GetProperty("max_concurrency").ValueKind);
        await gateway.WaitForLogAsync("The backend remote is read as vllm");
    }

    [Fact]
    public async Task Metrics_HaveSeatsAndWhatTheServerSays_WhileItIsFresh()
    {
        Upstream.TellsAsVllm();
        await using var gateway = await StartAsync(Backend(Upstream));
        await ToldAsync(gateway, EngineKind.Vllm);

        var metrics = await MetricsAsync(gateway);
        Assert.Equal(1024, metrics.Value("penstock_backend_seats", ("backend", "remote")));
        Assert.Equal(20, metrics.Value("penstock_engine_running_requests", ("backend", "remote")));
        Assert.Equal(3, metrics.Value("penstock_engine_waiting_requests", ("backend", "remote")));
        Assert.Equal(0.5, metrics.Value("penstock_engine_cache_usage_ratio", ("backend", "remote")));

        Upstream.EngineScript = Scripts.Error(500);
        for (var i = 0; i < 5; i++)
        {
            var asked = Upstream.Questions.Count;
            await Patience.UntilAsync(
                () =>
                {
                    _time.Advance(TimeSpan.FromMilliseconds(100));
                    return Upstream.Questions.Count > asked;
                },
                "it is asked again");
        }

        Assert.DoesNotContain((await MetricsAsync(gateway)).Samples, s => s.Name.StartsWith("penstock_engine_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Slots_AreSeats_AndWhatWasConfiguredCountsMore()
    {
        Upstream.TellsAsLlamaCpp();
        await using var gateway = await StartAsync(Backend(Upstream) + Backend(Upstream, "other", "    max_concurrency: 9"));
        await ToldAsync(gateway, EngineKind.LlamaCpp);
        await ToldAsync(gateway, EngineKind.LlamaCpp, "other");

        var (found, configured) = (Probing.BackendOf(gateway), Probing.BackendOf(gateway, "other"));

        Assert.Equal((2, SeatSource.Slots), (found.Seats, found.SeatsFrom));
        Assert.Equal((9, SeatSource.Configured), (configured.Seats, configured.SeatsFrom));
        Assert.True(found.TryEnter(out _) && found.TryEnter(out _));
        Assert.False(found.TryEnter(out _));
        Assert.Equal(Penstock.Health.Obstacle.Full, found.Obstacle);
    }

    [Fact]
    public async Task Server_OfKindOpenai_OrNotProbed_IsNeverAsked()
    {
        await using var gateway = await StartAsync(
            Backend(Upstream, "hosted", "    kind: openai") + Backend(Upstream, "unprobed", "    health: off") + Backend(Upstream));
        await Upstream.WaitForQuestionAsync(3);
        await Patience.UntilAsync(() => Upstream.OpenConnections == 0, "its questions are answered");

        // Those are the three that the last one gets.
        Assert.Equal(["/metrics", "/props", "/api/version"], Upstream.Questions.Select(q => q.Target));
        Assert.All(gateway.Get<GatewayRuntime>().Current.Backends, backend => Assert.Null(backend.Seats));
    }

    [Fact]
    public async Task Reload_ToKindOpenai_ForgetsWhatWasLearned()
    {
        Upstream.TellsAsLlamaCpp();
        await using var gateway = await StartAsync(Backend(Upstream));
        await ToldAsync(gateway, EngineKind.LlamaCpp);

        await File.WriteAllTextAsync(gateway.ConfigFile, "backends:\n" + Backend(Upstream, more: "    kind: openai"));
        Assert.True(gateway.Get<GatewayRuntime>().TryReload());

        await Patience.UntilAsync(() => Probing.BackendOf(gateway).State.Engine is null, "it is forgotten");
        Assert.Null(Probing.BackendOf(gateway).Seats);
    }

    // Calls that wait for it are let in one by one, as before, and not all at once.
    [Fact]
    public async Task Reload_WithoutIt_KeepsItsSeats()
    {
        Upstream.TellsAsLlamaCpp();
        await using var gateway = await StartAsync(Backend(Upstream));
        await ToldAsync(gateway, EngineKind.LlamaCpp);
        var leaving = Probing.BackendOf(gateway);

        await File.WriteAllTextAsync(gateway.ConfigFile, "backends:\n" + Backend(Upstream, "other"));
        Assert.True(gateway.Get<GatewayRuntime>().TryReload());
        // Who left is let go before who came is asked.
        await ToldAsync(gateway, EngineKind.LlamaCpp, "other");

        Assert.Equal((2, SeatSource.Slots), (leaving.Seats, leaving.SeatsFrom));
        Assert.True(leaving.State.IsRetired);
    }

    private static string Backend(ScriptedUpstream upstream, string name = "remote", string more = "") =>
        $"  - name: {name}\n    url: {upstream.Url}\n{more}\n";

    private static Task ToldAsync(TestGateway gateway, EngineKind kind, string name = "remote") =>
        Patience.UntilAsync(() => Probing.BackendOf(gateway, name).State.Engine?.Kind == kind, $"{name} is recognised");

    private static async Task<JsonDocument> ShowAsync(TestGateway gateway)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/admin/backends");
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer admin-sekret");
        using var response = await gateway.Client.SendAsync(request);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync());
    }

    private static async Task<PrometheusText> MetricsAsync(TestGateway gateway)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.TryAddWithoutValidation("Accept", "text/plain");
        using var response = await gateway.Client.SendAsync(request);
        return PrometheusText.Parse(await response.Content.ReadAsStringAsync(), openMetrics: false);
    }

    private Task<TestGateway> StartAsync(string backends) =>
        TestGateway.StartAsync("backends:\n" + backends, Admin, services => services.AddSingleton<TimeProvider>(_time));
}
