using System.Net;
using System.Text.Json;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary><c>/v1/models</c>: names, configured models and what servers list, and never a failure because of a server.</summary>
public sealed class ModelsTests : UpstreamTest
{
    [Fact]
    public async Task List_MergesNamesModelsAndWhatServersList_EachOnce()
    {
        Upstream.GetScript = Scripts.Models("llama-3-8b", "org/deep/model", "remote");
        await using var gateway = await TestGateway.StartAsync($$"""
            backends:
              - name: local
                type: echo
              - name: remote
                url: {{Upstream.Url}}
                api_key: secret
                headers: { X-Team: search }
                models: [llama-3-8b, "qwen-*", alias]
              - name: down
                url: {{ScriptedUpstream.RefusingUrl()}}
            """);

        using var list = await ListAsync(gateway);

        Assert.Equal("list", list.RootElement.GetProperty("object").GetString());
        Assert.Equal(
            [("local", "local"), ("remote", "remote"), ("llama-3-8b", "remote"), ("alias", "remote"), ("down", "down"), ("org/deep/model", "remote")],
            list.RootElement.GetProperty("data").EnumerateArray().Select(m => (m.GetProperty("id").GetString()!, m.GetProperty("owned_by").GetString()!)));
        var request = await Upstream.WaitForGetAsync();
        Assert.Equal("/v1/models", request.Target);
        Assert.Equal("Bearer secret", request.Header("Authorization"));
        Assert.Equal("search", request.Header("X-Team"));
    }

    [SharedFact]
    public async Task List_IsValid()
    {
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var list = await ListAsync(gateway);
        var one = await gateway.Client.GetStringAsync("/v1/models/upstream-model");

        Assert.Empty(OpenAiSchema.Validate("ListModelsResponse", list.RootElement));
        Assert.Empty(OpenAiSchema.Validate("Model", one));
    }

    [Theory]
    [InlineData("org/deep/model", "org/deep/model")]
    [InlineData("org%2Fdeep%2Fmodel", "org/deep/model")]
    [InlineData("sp%20ace", "sp ace")]
    [InlineData("remote", "remote")]
    public async Task Model_IsFoundById_WithSlashesToo(string path, string id)
    {
        Upstream.GetScript = Scripts.Models("org/deep/model", "sp ace");
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var json = JsonDocument.Parse(await gateway.Client.GetStringAsync("/v1/models/" + path));

        Assert.Equal(id, json.RootElement.GetProperty("id").GetString());
        Assert.Equal("model", json.RootElement.GetProperty("object").GetString());
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData("org/deep")]
    [InlineData("REMOTE")]
    public async Task Model_Unknown_Is404(string id)
    {
        Upstream.GetScript = Scripts.Models("org/deep/model");
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var response = await gateway.Client.GetAsync("/v1/models/" + id);

        Assert.Contains(id, await Answers.AssertErrorAsync(response, 404, "model_not_found", backend: null, param: "model"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_IsCached_AndAskedForOnceAtATime()
    {
        Upstream.GetScript = Scripts.OnceReleased(Scripts.Models("late"));
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        var waiting = Enumerable.Range(0, 5).Select(_ => ListAsync(gateway)).ToArray();
        await Upstream.WaitForGetAsync();
        Upstream.Release();
        foreach (var list in await Task.WhenAll(waiting)) list.Dispose();
        (await ListAsync(gateway)).Dispose();
        using var one = await gateway.Client.GetAsync("/v1/models/remote");

        Assert.Equal(HttpStatusCode.OK, one.StatusCode);
        Assert.Single(Upstream.Gets);
    }

    [Fact]
    public async Task List_OfAServerThatIsSilent_DoesNotWaitForIt()
    {
        Upstream.GetScript = Scripts.NeverAnswers();
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var list = await ListAsync(gateway);

        Assert.Equal("remote", Assert.Single(list.RootElement.GetProperty("data").EnumerateArray()).GetProperty("id").GetString());
        await Upstream.WaitForOpenConnectionsAsync(0);
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("[]")]
    [InlineData("{\"data\":{}}")]
    [InlineData("{\"data\":[1,null,{},{\"id\":7},{\"id\":\"\"}]}")]
    [InlineData("{\"data\":[{\"id\":\"\\ud800\"}]}")]
    [InlineData("")]
    public async Task List_OfAServerThatTalksNonsense_AddsNothing(string body)
    {
        Upstream.GetScript = Scripts.Json(200, body);
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var list = await ListAsync(gateway);

        Assert.Equal("remote", Assert.Single(list.RootElement.GetProperty("data").EnumerateArray()).GetProperty("id").GetString());
    }

    private static async Task<JsonDocument> ListAsync(TestGateway gateway)
    {
        using var response = await gateway.Client.GetAsync("/v1/models");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync());
    }
}
