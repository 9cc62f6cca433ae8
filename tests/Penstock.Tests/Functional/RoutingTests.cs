using System.Net;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>A request's <c>model</c> picks the backend.</summary>
public sealed class RoutingTests : UpstreamTest
{
    [Theory]
    [InlineData("llama-3-8b", "llama")]
    [InlineData("llama-3-70b", "patterns")]
    [InlineData("llama-3-70b-instruct", "close")]
    [InlineData("qwen-", "patterns")]
    [InlineData("org/qwen-2", "slashes")]
    [InlineData("llama", "llama")]
    [InlineData("qwen", "qwen")]
    [InlineData("close", "close")]
    [InlineData("LLAMA-3-8B", "local")]
    [InlineData("unknown", "local")]
    [InlineData("", "local")]
    [InlineData("*", "local")]
    public async Task Model_PicksExactThenPatternThenNameThenDefault(string model, string backend)
    {
        await using var gateway = await StartAsync("default_backend: local");
        foreach (var path in (string[])["/v1/chat/completions", "/v1/embeddings"])
        {
            using var response = await gateway.PostAsync(path, $$"""{"model":"{{model}}","input":"x","messages":[{"role":"user","content":"x"}]}""");

            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(backend, Answers.HeaderOf(response, "X-Backend"));
        }
    }

    [Fact]
    public async Task Model_Missing_GoesToTheDefault_OrIs400()
    {
        const string body = """{"messages":[{"role":"user","content":"x"}]}""";
        await using var withDefault = await StartAsync("default_backend: local");
        await using var without = await StartAsync("");

        using var answered = await withDefault.PostAsync("/v1/chat/completions", body);
        using var refused = await without.PostAsync("/v1/chat/completions", body);

        Assert.Equal("local", Answers.HeaderOf(answered, "X-Backend"));
        await Answers.AssertErrorAsync(refused, 400, "missing_required_parameter", backend: null, param: "model");
    }

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/completions")]
    [InlineData("/v1/audio/speech")]
    public async Task Model_Unknown_Is404(string path)
    {
        await using var gateway = await StartAsync("");

        using var response = await gateway.PostAsync(path, TestGateway.Chat("x").Replace("\"m\"", "\"gpt \\u00e9 \\\"x\\\"\"", StringComparison.Ordinal));

        var message = await Answers.AssertErrorAsync(response, 404, "model_not_found", backend: null, param: "model");
        Assert.Contains("'gpt \u00e9 \"x\"'", message, StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task Model_OfSeveralBackends_GoesToTheOneThatIsFree()
    {
        await using var second = ScriptedUpstream.Start(Scripts.Chat("second"));
        await using var gateway = await TestGateway.StartAsync($"""
            backends:
              - name: first
                url: {Upstream.Url}
                models: [shared]
              - name: second
                url: {second.Url}
                models: [shared]
            """);
        Upstream.Script = Scripts.OnceReleased(Scripts.Chat("first"));
        second.Script = Scripts.OnceReleased(Scripts.Chat("second"));
        var body = TestGateway.Chat("x").Replace("\"m\"", "\"shared\"", StringComparison.Ordinal);

        var one = gateway.PostAsync("/v1/chat/completions", body);
        await Patience.UntilAsync(() => Upstream.Requests.Count + second.Requests.Count == 1, "one has the first request");
        var two = gateway.PostAsync("/v1/chat/completions", body);
        await Patience.UntilAsync(() => Upstream.Requests.Count == 1 && second.Requests.Count == 1, "each has one request");
        Upstream.Release();
        second.Release();

        Assert.Equal(
            ["first", "second"], new[] { Answers.HeaderOf(await one, "X-Backend"), Answers.HeaderOf(await two, "X-Backend") }.Order());
        await Answers.WaitUntilIdleAsync(gateway);
    }

    private Task<TestGateway> StartAsync(string more) => TestGateway.StartAsync($"""
        {more}
        backends:
          - name: local
            type: echo
          - name: llama
            url: {Upstream.Url}
            models: [llama-3-8b]
          - name: patterns
            url: {Upstream.Url}
            models: ["qwen-*", "llama-*"]
          - name: close
            url: {Upstream.Url}
            models: ["llama-*-instruct"]
          - name: slashes
            url: {Upstream.Url}
            models: ["org/*"]
          - name: qwen
            url: {Upstream.Url}
        """);
}
