using System.Net;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

public sealed class ListedModelsTests : IAsyncLifetime
{
    private const string Config = """
        default_backend: local
        backends:
          - name: local
            type: echo
            models: [llama-3-8b, "qwen-*", meta-llama/Llama-3-8B, "50%off"]
          - name: other
            type: echo
            models: [llama-3-8b]
        """;

    private TestGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await TestGateway.StartAsync(Config);

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Fact]
    public async Task List_Models_AreNamesAndModelsOnceEach()
    {
        using var response = await _gateway.Client.GetAsync("/v1/models");

        var json = await response.JsonAsync();
        Assert.Equal("list", json.Text("object"));
        var models = json.GetProperty("data").EnumerateArray().ToList();
        Assert.Equal(["local", "llama-3-8b", "meta-llama/Llama-3-8B", "50%off", "other"], models.Select(m => m.Text("id")));
        Assert.Equal(["local", "local", "local", "local", "other"], models.Select(m => m.Text("owned_by")));
        Assert.All(models, m => Assert.True(m.GetProperty("created").GetInt64() > 1_700_000_000));
    }

    [SharedFact]
    public async Task List_Models_IsOpenAisList()
    {
        Assert.Empty(OpenAiSchema.Validate("ListModelsResponse", await _gateway.Client.GetStringAsync("/v1/models")));
        Assert.Empty(OpenAiSchema.Validate("Model", await _gateway.Client.GetStringAsync("/v1/models/local")));
    }

    [Theory]
    [InlineData("llama-3-8b", "llama-3-8b")]
    [InlineData("meta-llama/Llama-3-8B", "meta-llama/Llama-3-8B")]
    [InlineData("meta-llama%2FLlama-3-8B", "meta-llama/Llama-3-8B")]
    [InlineData("50%25off", "50%off")]
    public async Task Get_Model_IsTheObject(string path, string id)
    {
        using var response = await _gateway.Client.GetAsync("/v1/models/" + path);

        var json = await response.JsonAsync();
        Assert.Equal((id, "model", "local"), (json.Text("id"), json.Text("object"), json.Text("owned_by")));
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("qwen-7b")]
    [InlineData("qwen-*")]
    [InlineData("Local")]
    public async Task Get_UnknownModel_Is404(string id)
    {
        using var response = await _gateway.Client.GetAsync("/v1/models/" + id);

        Assert.Contains($"'{id}'", await response.AssertErrorAsync(404, "model_not_found", "model"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_UnknownModelWithoutDefault_Is404()
    {
        await using var gateway = await TestGateway.StartAsync("backends: [{ name: a, type: echo, models: [x] }]");

        using var unknown = await gateway.ChatAsync();
        await unknown.AssertErrorAsync(404, "model_not_found", "model");
        using var missing = await gateway.PostAsync("/v1/chat/completions", """{"messages":[{"role":"user","content":"hi"}]}""");
        await missing.AssertErrorAsync(400, "missing_required_parameter", "model");
        using var known = await gateway.PostAsync("/v1/chat/completions", TestGateway.Chat("hi").Replace("\"m\"", "\"x\"", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, known.StatusCode);
        Assert.Equal("a", Assert.Single(known.Headers.GetValues("X-Backend")));
    }
}
