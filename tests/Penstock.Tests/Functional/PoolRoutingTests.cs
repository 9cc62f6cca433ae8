using System.Text.Json;
using Penstock.Runtime;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>Models with a pool of their own: its policy, its names, its fallbacks.</summary>
public sealed class PoolRoutingTests : IAsyncLifetime
{
    private readonly ScriptedUpstream _a = ScriptedUpstream.Start(Scripts.Chat("from a"));
    private readonly ScriptedUpstream _b = ScriptedUpstream.Start(Scripts.Chat("from b"));

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
        Assert.Empty(_a.ScriptErrors);
        Assert.Empty(_b.ScriptErrors);
    }

    [Fact]
    public async Task Priority_BothAreWell_TakesTheFirstOfTheModel()
    {
        await using var gateway = await StartAsync("{ name: llama, backends: [b, a], policy: priority }");

        Assert.Equal("bbbbb", await AskAsync(gateway, 5));
    }

    [Fact]
    public async Task RoundRobin_BothAreWell_TakesTurns()
    {
        await using var gateway = await StartAsync("{ name: llama, backends: [a, b], policy: round_robin }");

        Assert.Equal("ababab", await AskAsync(gateway, 6));
    }

    // 200 throws with a chance of 1 in 10 for a: outside of these bounds less than once in 10^9 runs.
    [Fact]
    public async Task Weighted_BothAreWell_SharesByWeight()
    {
        await using var gateway = await StartAsync("{ name: llama, backends: [a, b], policy: weighted }", "weight: 1", "weight: 9");

        Assert.InRange((await AskAsync(gateway, 200)).Count(name => name == 'a'), 1, 60);
    }

    [Fact]
    public async Task MaxConcurrency_FirstIsFull_TakesTheOther()
    {
        _a.Script = Scripts.OnceReleased(Scripts.Chat("from a"));
        await using var gateway = await StartAsync("{ name: llama, backends: [a, b], policy: priority }", "max_concurrency: 1");

        var first = gateway.PostAsync("/v1/chat/completions", Body("llama"));
        await Patience.UntilAsync(() => _a.Requests.Count == 1, "the only seat is taken");
        var whileFull = await AskAsync(gateway, 3);
        _a.Release();

        Assert.Equal("bbb", whileFull);
        Assert.Equal("a", Answers.HeaderOf(await first, "X-Backend"));
        await Answers.WaitUntilIdleAsync(gateway);
        Assert.Equal("a", await AskAsync(gateway, 1));
    }

    [Theory]
    [InlineData("llama", "llama")]
    [InlineData("gpt-4o", "llama")]
    [InlineData("gpt-3.5-turbo", "llama")]
    [InlineData("nobody-knows", "llama")]
    [InlineData("mistral-7b", "mistral-7b")]
    [InlineData("b", "b")]
    public async Task Alias_IsAskedForByTheModelsName(string asked, string sent)
    {
        await using var gateway = await TestGateway.StartAsync($$"""
            default_backend: llama
            backends: [{ name: a, url: {{_a.Url}}, health: off }, { name: b, url: {{_a.Url}}, health: off }]
            models:
              - { name: llama, backends: [a], aliases: [gpt-4o, "gpt-3*"] }
              - { name: "mistral-*", backends: [a] }
            """);

        using var response = await gateway.PostAsync("/v1/chat/completions", Body(asked));

        using var body = JsonDocument.Parse(Assert.Single(_a.Requests).Body);
        Assert.Equal(sent, body.RootElement.GetProperty("model").GetString());
    }

    [Fact]
    public async Task Fallbacks_OfAModel_AreInItsRoute()
    {
        await using var gateway = await StartAsync("{ name: llama, backends: [a], fallbacks: [qwen, b] }, { name: qwen, backends: [b, a] }");

        var route = gateway.Get<GatewayRuntime>().Current.Router.Resolve("llama")!;

        Assert.Equal(["a", "b,a", "b"], route.Pools.Select(pool => string.Join(',', pool.Members.ToArray().Select(b => b.Name))));
        Assert.Equal(["llama", "qwen", null], route.Pools.Select(pool => pool.Model));
    }

    [Fact]
    public async Task List_Models_HasPoolsAndTheirAliasesFirst()
    {
        await using var gateway = await TestGateway.StartAsync("""
            backends: [{ name: a, type: echo, models: [own, llama] }, { name: b, type: echo }]
            models: [{ name: llama, backends: [b, a], aliases: [gpt-4o, "gpt-3*"] }, { name: "x-*", backends: [a] }]
            """);

        using var response = await gateway.Client.GetAsync("/v1/models");
        using var list = JsonDocument.Parse(await response.Content.ReadAsStringAsync());

        Assert.Equal(
            ["llama:b", "gpt-4o:b", "a:a", "own:a", "b:b"],
            list.RootElement.GetProperty("data").EnumerateArray().Select(m => $"{m.GetProperty("id").GetString()}:{m.GetProperty("owned_by").GetString()}"));
    }

    private Task<TestGateway> StartAsync(string models, string ofA = "weight: 1", string ofB = "weight: 1") => TestGateway.StartAsync($$"""
        backends: [{ name: a, url: {{_a.Url}}, health: off, {{ofA}} }, { name: b, url: {{_b.Url}}, health: off, {{ofB}} }]
        models: [{{models}}]
        """);

    private static string Body(string model) => TestGateway.Chat("x").Replace("\"m\"", $"\"{model}\"", StringComparison.Ordinal);

    // Who answered, one after the other.
    private static async Task<string> AskAsync(TestGateway gateway, int count)
    {
        var names = "";
        for (var i = 0; i < count; i++)
        {
            using var response = await gateway.PostAsync("/v1/chat/completions", Body("llama"));
            names += Answers.HeaderOf(response, "X-Backend");
        }

        return names;
    }
}
