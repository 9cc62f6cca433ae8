using System.Net.Http.Headers;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Faults;

/// <summary>
/// Two scripted servers, a primary and its spare, which say the same 60 words, and a gateway in front of them that asks
/// the spare where the primary cannot answer.
/// </summary>
public abstract class FaultTest : IAsyncLifetime
{
    private protected const int Words = 60;

    /// <summary>Waits between attempts are short, or a test would be one.</summary>
    private protected const string Quick = "retry: { attempts: 3, backoff: 0.05 }";

    private protected static readonly string Text = ChatJson.Words(Words);

    private protected ScriptedUpstream Primary { get; } = ScriptedUpstream.Start(Scripts.Chat(Text));

    private protected ScriptedUpstream Spare { get; } = ScriptedUpstream.Start(Scripts.Chat(Text));

    /// <summary>Whole requests that either of them got.</summary>
    private protected int Attempts => Primary.Requests.Count + Spare.Requests.Count;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await Primary.DisposeAsync();
        await Spare.DisposeAsync();
        Assert.Empty(Primary.ScriptErrors);
        Assert.Empty(Spare.ScriptErrors);
    }

    /// <summary>A gateway whose model <c>m</c> is the primary, with the spare as its fallback.</summary>
    /// <param name="primary">More of the primary's settings, like <c>idle_timeout: 1</c>.</param>
    /// <param name="spare">More of the spare's.</param>
    /// <param name="model">More of the model's.</param>
    /// <param name="root">More of the file.</param>
    private protected Task<TestGateway> StartAsync(string primary = "", string spare = "", string model = "", string root = Quick) =>
        TestGateway.StartAsync(Yaml("backends: [primary], fallbacks: [spare]", primary, spare, model, root));

    /// <summary>A gateway whose model <c>m</c> is a pool of both, of which the primary is asked first.</summary>
    private protected Task<TestGateway> StartPoolAsync(string primary = "", string spare = "", string model = "", string root = Quick) =>
        TestGateway.StartAsync(Yaml("backends: [primary, spare], policy: priority", primary, spare, model, root));

    /// <summary>A gateway whose model <c>m</c> is the primary alone.</summary>
    private protected Task<TestGateway> StartAloneAsync(string primary = "", string model = "", string root = Quick) =>
        TestGateway.StartAsync(Yaml("backends: [primary]", primary, "", model, root));

    /// <summary>A configuration of those of the two servers that are named in the model's <paramref name="members"/>.</summary>
    private protected string Yaml(string members, string primary, string spare, string model, string root) => $$"""
        models:
          - { name: m, {{members}}{{Also(model)}} }
        backends:
        {{(members.Contains("primary", StringComparison.Ordinal) ? Backend("primary", Primary, primary) : "")}}
        {{(members.Contains("spare", StringComparison.Ordinal) ? Backend("spare", Spare, spare) : "")}}
        {{root}}
        """;

    /// <summary>Asks for a stream with its usage, and reads it to its end.</summary>
    private protected static async Task<HeardStream> AskAsync(TestGateway gateway, string more = "")
    {
        using var response = await gateway.StreamAsync(
            "/v1/chat/completions", TestGateway.Chat("hello", ",\"stream\":true,\"stream_options\":{\"include_usage\":true}" + more));
        using var body = await ArrivingBody.OfAsync(response);
        return new HeardStream(response, await body.ReadToEndAsync());
    }

    private protected static async Task<PrometheusText> MetricsAsync(TestGateway gateway)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/plain"));
        using var response = await gateway.Client.SendAsync(request);
        return PrometheusText.Parse(await response.Content.ReadAsStringAsync(), openMetrics: false);
    }

    /// <summary>Waits until so many attempts at a backend have ended.</summary>
    private protected static Task WaitForAttemptsAsync(TestGateway gateway, string backend, long count) => Patience.UntilAsync(
        () => gateway.Get<Penstock.Telemetry.GatewayMetrics>().Attempts.Where(a => a.Backend == backend).Sum(a => a.Count) >= count,
        $"{count} attempt(s) at {backend} ended");

    // Nobody probes where a test does not ask for it: the answer to a probe must not be what heals a backend.
    private static string Backend(string name, ScriptedUpstream upstream, string settings) =>
        $"  - {{ name: {name}, url: '{upstream.Url}'{(settings.Contains("health:", StringComparison.Ordinal) ? "" : ", health: off")}{Also(settings)} }}";

    private static string Also(string settings) => settings.Length == 0 ? "" : ", " + settings;
}
