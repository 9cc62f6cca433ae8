using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Penstock.Backends;
using Penstock.Runtime;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary><c>/admin/route</c> says what a call would do.</summary>
public sealed class ExplainedRouteTests : UpstreamTest
{
    [Theory]
    [InlineData("queue: { max_requests: 1 }", true)]
    [InlineData("queue: { max_requests: 0 }", false)]
    public async Task FullServer_IsACandidateWhereThereIsALine(string model, bool isCandidate)
    {
        Upstream.Script = Scripts.OnceReleased(Scripts.Chat("hello"));
        await using var gateway = await TestGateway.StartAsync(
            $$"""
            models: [{ name: m, backends: [a, b], {{model}} }]
            backends:
              - { name: a, health: off, url: '{{Upstream.Url}}', max_concurrency: 1 }
              - { name: b, health: off, url: '{{Upstream.Url}}', max_concurrency: 1 }
            """,
            ExplainedRoute.Variables);
        var call = gateway.ChatAsync("x", ("X-Backend", "a"));
        await Upstream.WaitForRequestAsync();

        var one = await ExplainedRoute.AskAsync(gateway, TestGateway.Chat("x"));
        var other = gateway.ChatAsync("x", ("X-Backend", "b"));
        await Upstream.WaitForRequestAsync(2);
        var none = await ExplainedRoute.AskAsync(gateway, TestGateway.Chat("x"));
        Upstream.Release();
        Assert.True((await call).IsSuccessStatusCode && (await other).IsSuccessStatusCode);

        Assert.Equal("full", Candidate(one, "a").GetProperty("obstacle").GetString());
        Assert.Equal(isCandidate, Candidate(one, "a").TryGetProperty("cost", out _));
        Assert.True(Candidate(one, "b").TryGetProperty("cost", out _));
        Assert.Equal(isCandidate, none.GetProperty("chosen").ValueKind == JsonValueKind.String);
    }

    [Fact]
    public async Task NameWithTwoAddresses_SaysWhichOfThem()
    {
        await using var two = ScriptedUpstream.Start(address: IPAddress.Parse("127.0.0.2"), port: Upstream.Port);
        var names = new TestNames();
        names.Set("pods.test", "127.0.0.1", "127.0.0.2");
        await using var gateway = await TestGateway.StartAsync(
            $$"""
            default_backend: remote
            backends: [{ name: remote, health: off, url: 'http://pods.test:{{Upstream.Port}}', discovery: dns }]
            """,
            ExplainedRoute.Variables, services => services.AddSingleton<INameResolver>(names));
        await Patience.UntilAsync(() => gateway.Get<GatewayRuntime>().Current.Backends.Count == 2, "two servers");

        var plan = await ExplainedRoute.AskAsync(gateway, TestGateway.Chat("x"));
        using var answer = await gateway.ChatAsync("x");

        Assert.Equal("remote", plan.GetProperty("chosen").GetString());
        Assert.Equal(Upstream.Requests.Count == 1 ? "127.0.0.1" : "127.0.0.2", plan.GetProperty("chosen_address").GetString());
        Assert.Equal(1, Upstream.Requests.Count + two.Requests.Count);
        Assert.Equal(
            ["127.0.0.1", "127.0.0.2"],
            plan.GetProperty("candidates").EnumerateArray().Select(candidate => candidate.GetProperty("address").GetString()).Order());
    }

    [Fact]
    public async Task LargePool_IsChosenWithoutCosts()
    {
        string[] servers = [.. Enumerable.Range(1, 65).Select(i => $"s{i}")];
        await using var gateway = await TestGateway.StartAsync(
            $$"""
            models: [{ name: m, backends: [{{string.Join(", ", servers)}}] }]
            backends:
            {{string.Join('\n', servers.Select(name => $"  - {{ name: {name}, health: off, url: '{Upstream.Url}' }}"))}}
            """,
            ExplainedRoute.Variables);

        var plan = await ExplainedRoute.AskAsync(gateway, TestGateway.Chat("x"));
        using var answer = await gateway.ChatAsync("x");

        Assert.Equal(Answers.HeaderOf(answer, "X-Backend"), plan.GetProperty("chosen").GetString());
        Assert.Equal(JsonValueKind.Null, plan.GetProperty("chosen_address").ValueKind);
        Assert.All(plan.GetProperty("candidates").EnumerateArray(), candidate => Assert.False(candidate.TryGetProperty("cost", out _)));
    }

    private static JsonElement Candidate(JsonElement plan, string name) =>
        plan.GetProperty("candidates").EnumerateArray().Single(candidate => candidate.GetProperty("backend").GetString() == name);
}
