using Microsoft.Extensions.DependencyInjection;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>What a caller says of its conversations counts for its own calls, and from the first token on.</summary>
public sealed class SessionHintTests : UpstreamTest
{
    private const string Yaml = """
        models: [{ name: m, backends: [a, b] }]
        auth: { keys: [{ name: one, key: key-one }, { name: two, key: key-two }] }
        """;

    // It stands, so that nothing is learned of speeds.
    private readonly ManualTime _time = new();

    [Theory]
    [InlineData("X-Session-Id", "", "")]
    [InlineData("X-Session-Id", "", ",\"stream\":true")]
    [InlineData(null, ",\"prompt_cache_key\":\"s\"", "")]
    [InlineData(null, ",\"user\":\"s\"", "")]
    public async Task Hint_OfOneCaller_SaysNothingOfAnothers(string? header, string more, string stream)
    {
        await using var gateway = await StartAsync();
        (string, string)[] hint = header is null ? [] : [(header, "s")];
        using var answer = await gateway.PostAsync(
            "/v1/chat/completions", TestGateway.Chat("first", more + stream), [.. hint, ("Authorization", "Bearer key-one"), ("X-Backend", "a")]);
        Assert.True(answer.IsSuccessStatusCode);
        await Answers.WaitUntilIdleAsync(gateway);

        var (own, others, nobodys) = (await CachedAsync("?caller=one"), await CachedAsync("?caller=two"), await CachedAsync(""));

        Assert.True(own["a"] > 0);
        Assert.Equal([0.0, 0, 0, 0, 0], [own["b"], others["a"], others["b"], nobodys["a"], nobodys["b"]]);

        async Task<Dictionary<string, double>> CachedAsync(string query)
        {
            var plan = await ExplainedRoute.AskAsync(gateway, TestGateway.Chat("another", more), query, hint);
            Assert.True(plan.GetProperty("session").GetBoolean());
            return ExplainedRoute.CachedTokens(plan);
        }
    }

    [Fact]
    public async Task Hint_OfACallThatIsRefused_SaysNothing()
    {
        Upstream.Script = Scripts.Error(400, "no");
        await using var gateway = await StartAsync();
        using var answer = await gateway.ChatAsync("first", ("X-Session-Id", "s"), ("Authorization", "Bearer key-one"), ("X-Backend", "a"));
        Assert.Equal(400, (int)answer.StatusCode);
        await Answers.WaitUntilIdleAsync(gateway);

        var plan = await ExplainedRoute.AskAsync(gateway, TestGateway.Chat("another"), "?caller=one", ("X-Session-Id", "s"));

        Assert.All(ExplainedRoute.CachedTokens(plan).Values, cached => Assert.Equal(0, cached));
    }

    private Task<TestGateway> StartAsync() => TestGateway.StartAsync(
        $$"""
        backends:
          - { name: a, health: off, url: '{{Upstream.Url}}' }
          - { name: b, health: off, url: '{{Upstream.Url}}' }
        {{Yaml}}
        """,
        ExplainedRoute.Variables, services => services.AddSingleton<TimeProvider>(_time));
}
