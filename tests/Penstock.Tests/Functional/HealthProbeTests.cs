using Microsoft.Extensions.DependencyInjection;
using Penstock.Health;
using Penstock.Runtime;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>Probes, from the gateway's clock to the upstream's socket and back into the gateway's picture.</summary>
public sealed class HealthProbeTests : UpstreamTest
{
    private static readonly Func<ScriptedExchange, Task> Loading = Scripts.Error(503, "Loading model", "unavailable_error");

    // What llama.cpp says while it loads its model.
    [Fact]
    public async Task Probe_ServerThatLoads_IsDown_ThenUp_EachLoggedOnce()
    {
        Upstream.HealthScript = Loading;
        await using var gateway = await StartAsync();
        await Probing.WaitForAsync(gateway, ProbeState.Down);
        Assert.Equal(Obstacle.Down, Probing.BackendOf(gateway).Obstacle);
        // It goes on being down, and being probed.
        await Upstream.WaitForProbeAsync(Upstream.Probes.Count + 3);

        Upstream.HealthScript = Scripts.Json(200, """{"status":"ok"}""");
        await Probing.WaitForAsync(gateway, ProbeState.Up);
        await Upstream.WaitForProbeAsync(Upstream.Probes.Count + 3);

        Assert.Equal(Obstacle.None, Probing.BackendOf(gateway).Obstacle);
        await gateway.WaitForLogAsync("The backend remote is up again");
        Assert.Equal(1, Count(gateway, "warning The backend remote is down: its health check answered 503"));
        Assert.Equal(1, Count(gateway, "info The backend remote is up again"));
        Assert.DoesNotContain("/health", gateway.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Probe_ServerThatIsNotThere_IsDown()
    {
        await using var gateway = await TestGateway.StartAsync(
            Yaml(ScriptedUpstream.RefusingUrl()), configure: Probing.Often());

        await gateway.WaitForLogAsync("The backend remote is down: the connection was refused");

        Assert.Equal(Obstacle.Down, Probing.BackendOf(gateway).Obstacle);
    }

    [Fact]
    public async Task Probe_ServerThatIsSilent_IsDown()
    {
        Upstream.HealthScript = Scripts.NeverAnswers();
        await using var gateway = await StartAsync(timeout: 0.05);

        await gateway.WaitForLogAsync("The backend remote is down: its health check was not answered within 0.05 s");

        await Upstream.WaitForAbortedAsync(3);
    }

    [Fact]
    public async Task Probe_WithoutHealth_AsksForTheModels()
    {
        Upstream.HealthScript = Scripts.Error(404);
        await using var gateway = await StartAsync();

        await Probing.WaitForAsync(gateway, ProbeState.Up);
        await Upstream.WaitForGetAsync(3);
        Assert.Single(Upstream.Probes);

        Upstream.GetScript = Scripts.Error(500);
        await Probing.WaitForAsync(gateway, ProbeState.Down);
        // It may come back as a server that has the other.
        Upstream.HealthScript = Scripts.Json(200, "{}");
        await Probing.WaitForAsync(gateway, ProbeState.Up);
    }

    // Otherwise nobody knows whether a server that does not accept any more is well.
    [Fact]
    public async Task Probe_MakesAConnectionOfItsOwn_AndLeavesNone()
    {
        await using var gateway = await StartAsync();

        await Upstream.WaitForProbeAsync(4);
        using (await gateway.ChatAsync())
        {
        }

        Assert.Equal(Upstream.Probes.Count, Upstream.Probes.Select(p => p.ConnectionNumber).Distinct().Count());
        Assert.DoesNotContain(Upstream.Requests[0].ConnectionNumber, Upstream.Probes.Select(p => p.ConnectionNumber));
        Assert.Equal(0, Upstream.AbortedConnections);
    }

    [Fact]
    public async Task Probe_CarriesTheBackendsKeyAndHeaders()
    {
        await using var gateway = await TestGateway.StartAsync(
            Yaml(Upstream.Url + "/base", "    api_key: secret\n    headers: { X-Team: search }"), configure: Probing.Often());

        var probe = await Upstream.WaitForProbeAsync();

        Assert.Equal("/base/health", probe.Target);
        Assert.Equal("Bearer secret", probe.Header("Authorization"));
        Assert.Equal("search", probe.Header("X-Team"));
    }

    [Fact]
    public async Task Probe_ByDefault_OnlyWithoutTls()
    {
        await using var gateway = await TestGateway.StartAsync($"""
            backends:
              - name: local
                type: echo
              - name: hosted
                url: https://127.0.0.1:1
              - name: remote
                url: {Upstream.Url}
            """);

        Assert.Equal([false, false, true], gateway.Get<GatewayRuntime>().Current.Backends.Select(b => b.Config.Health.IsProbed));
        await Upstream.WaitForProbeAsync();
    }

    [Fact]
    public async Task Reload_ProbesTheNewAtOnce_AndTheOldNoMore_AndKeepsWhatIsKnown()
    {
        var time = new ManualTime();
        await using var other = ScriptedUpstream.Start();
        await using var third = ScriptedUpstream.Start();
        Upstream.HealthScript = Loading;
        await using var gateway = await TestGateway.StartAsync(
            $"{Yaml(Upstream.Url)}\n  - name: other\n    url: {other.Url}", configure: s => s.AddSingleton<TimeProvider>(time));
        await other.WaitForProbeAsync();
        await AdvanceUntilAsync(time, () => Probing.BackendOf(gateway).State.Health.Read().Probes == ProbeState.Down);

        await File.WriteAllTextAsync(gateway.ConfigFile, $"{Yaml(Upstream.Url)}\n  - name: third\n    url: {third.Url}");
        Assert.True(gateway.Get<GatewayRuntime>().TryReload());

        await third.WaitForProbeAsync();
        Assert.Equal(Obstacle.Down, Probing.BackendOf(gateway).Obstacle);
        var (before, gone) = (Upstream.Probes.Count, other.Probes.Count);
        await AdvanceUntilAsync(time, () => Upstream.Probes.Count >= before + 3 && third.Probes.Count >= 3);
        Assert.Equal(gone, other.Probes.Count);
    }

    [Fact]
    public async Task Stop_WhileAServerIsSilent_DoesNotWaitForIt()
    {
        Upstream.HealthScript = Scripts.NeverAnswers();
        var gateway = await StartAsync(timeout: 3600);
        await Upstream.WaitForProbeAsync();

        await gateway.DisposeAsync().AsTask().WaitAsync(Patience.Default);

        await Upstream.WaitForAbortedAsync();
    }

    private static string Yaml(string url, string more = "") => $"""
        default_backend: remote
        backends:
          - name: remote
            url: {url}
        {more}
        """;

    private static int Count(TestGateway gateway, string text) => gateway.Log.Split(text).Length - 1;

    // A second at a time: a probe has two for its answer.
    private static async Task AdvanceUntilAsync(ManualTime time, Func<bool> condition)
    {
        await Patience.UntilAsync(
            () =>
            {
                if (condition()) return true;
                time.Advance(TimeSpan.FromSeconds(1));
                return false;
            },
            "the gateway's clock has come there");
    }

    private Task<TestGateway> StartAsync(double timeout = 30) => TestGateway.StartAsync(Yaml(Upstream.Url), configure: Probing.Often(timeout: timeout));
}
