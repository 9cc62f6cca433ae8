using System.Net;
using System.Text.Json;
using Penstock.Runtime;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>Who may call what: keys of the file, their ways to be carried, their models, their ends.</summary>
public sealed class CallerAccessTests
{
    private const string Yaml = """
        default_backend: spare
        backends:
          - { name: gpu, type: echo, models: [llama-3-8b, "qwen-*", secret-model] }
          - { name: spare, type: echo }
        models:
          - { name: small, backends: [gpu], aliases: [gpt-4o-mini] }
        auth:
          keys:
            - { name: search-team, key: search-key-1, models: [llama-3-8b, "qwen-*", small], labels: { team: search } }
            - { name: everything, key: other-key-2 }
            - { name: late, key: late-key-3, expires: 2020-01-01 }
            - { name: hashed, key_hash: "sha256:1470d0d4412ded6a7942acd1607e7df2da2b724ad691ed2e4fe52c4fee593d62" }
        """;

    [Theory]
    [InlineData("Authorization", "Bearer search-key-1")]
    [InlineData("Authorization", "bEARER  search-key-1 ")]
    [InlineData("x-api-key", "search-key-1")]
    [InlineData("X-API-Key", "search-key-1")]
    [InlineData("api-key", "search-key-1")]
    public async Task Chat_KeyInAnyOfItsHeaders_IsAnswered(string header, string value)
    {
        await using var gateway = await TestGateway.StartAsync(Yaml);

        using var response = await gateway.PostAsync("/v1/chat/completions", Chat("llama-3-8b"), (header, value));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var line = await gateway.WaitForLogAsync("status=200");
        Assert.Contains("caller=search-team", line, StringComparison.Ordinal);
        Assert.Contains("team", line, StringComparison.Ordinal);
    }

    // What is remembered of a connection must never be good for another credential on it.
    [Fact]
    public async Task Api_KeysInTurnsOnOneConnection_EachIsItsOwn()
    {
        await using var gateway = await TestGateway.StartAsync(Yaml);
        (string? Header, int Status, string Caller)[] asked =
        [
            ("Authorization: Bearer search-key-1", 200, "search-team"), ("Authorization: Bearer search-key-1", 200, "search-team"),
            ("Authorization: Bearer search-key-2", 401, ""), ("Authorization: Bearer search-key-1", 200, "search-team"),
            (null, 401, ""), ("Authorization: Bearer other-key-2", 200, "everything"), ("Authorization: Bearer late-key-3", 401, ""),
            ("Authorization: Bearer late-key-3", 401, ""), ("x-api-key: search-key-1", 200, "search-team"), ("Authorization: Basic other-key-2", 401, ""),
            ("Authorization: Bearer other-key-2", 200, "everything"),
        ];
        var connections = 0;
        using var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellationToken) =>
            {
                connections++;
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
        });

        foreach (var (ask, i) in asked.Select((ask, i) => (ask, i)))
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway.Url, "/v1/models"));
            request.Headers.Add("X-Request-ID", $"ask-{i}");
            if (ask.Header?.Split(": ") is [var name, var value]) request.Headers.TryAddWithoutValidation(name, value);
            using var response = await client.SendAsync(request);
            Assert.Equal((i, ask.Status), (i, (int)response.StatusCode));
        }

        Assert.Equal(1, connections);
        foreach (var (ask, i) in asked.Select((ask, i) => (ask, i)))
        {
            var line = await gateway.WaitForLogAsync($"id=ask-{i} ");
            if (ask.Caller.Length > 0) Assert.Contains($"caller={ask.Caller}", line, StringComparison.Ordinal);
            else Assert.DoesNotContain("caller=", line, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(null, "No API key", "Bearer")]
    [InlineData("Bearer nobodys", "not one that", "Bearer error=\"invalid_token\", error_description=\"unknown\"")]
    [InlineData("Bearer late-key-3", "expired", "Bearer error=\"invalid_token\", error_description=\"expired\"")]
    public async Task Chat_NoGoodKey_Is401WithTheReason(string? authorization, string message, string challenge)
    {
        await using var gateway = await TestGateway.StartAsync(Yaml);
        (string, string)[] headers = authorization is null ? [] : [("Authorization", authorization)];

        using var response = await gateway.PostAsync("/v1/chat/completions", Chat("llama-3-8b"), headers);

        Assert.Contains(message, await response.AssertErrorAsync(401, "invalid_api_key", type: "authentication_error"), StringComparison.Ordinal);
        Assert.Equal(challenge, response.Headers.WwwAuthenticate.ToString());
    }

    [Theory]
    [InlineData("llama-3-8b", 200)]
    [InlineData("qwen-72b", 200)]
    [InlineData("small", 200)]
    [InlineData("gpt-4o-mini", 200)]
    [InlineData("secret-model", 403)]
    // Backends by name, and what leads to the default: neither is on the list.
    [InlineData("gpu", 403)]
    [InlineData("no-such-model", 403)]
    public async Task Chat_ModelsOfACaller_AreThoseOfItsList(string model, int status)
    {
        await using var gateway = await TestGateway.StartAsync(Yaml);

        using var response = await gateway.PostAsync("/v1/chat/completions", Chat(model), ("Authorization", "Bearer search-key-1"));

        Assert.Equal(status, (int)response.StatusCode);
        if (status == 403) await response.AssertErrorAsync(403, "model_not_allowed", param: "model", type: "permission_error");
    }

    // What a list does not name does not exist, as far as its caller can tell: it is the same answer either way.
    [Fact]
    public async Task Chat_ModelThatDoesNotExist_CannotBeToldFromOneThatIsNotAllowed()
    {
        await using var gateway = await TestGateway.StartAsync(Yaml.Replace("default_backend: spare", "", StringComparison.Ordinal));

        using var hidden = await gateway.PostAsync("/v1/chat/completions", Chat("secret-model"), ("Authorization", "Bearer search-key-1"));
        using var none = await gateway.PostAsync("/v1/chat/completions", Chat("secret-modem"), ("Authorization", "Bearer search-key-1"));

        Assert.Equal(
            await hidden.AssertErrorAsync(403, "model_not_allowed", param: "model", type: "permission_error"),
            (await none.AssertErrorAsync(403, "model_not_allowed", param: "model", type: "permission_error")).Replace("modem", "model", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Models_OfACaller_AreAllThatItSees()
    {
        await using var gateway = await TestGateway.StartAsync(Yaml);

        Assert.Equal(["small", "gpt-4o-mini", "llama-3-8b"], await ListAsync(gateway, "search-key-1"));
        Assert.Contains("secret-model", await ListAsync(gateway, "other-key-2"));
        using var hidden = await GetAsync(gateway, "/v1/models/secret-model", "search-key-1");
        await hidden.AssertErrorAsync(404, "model_not_found", param: "model");
        using var shown = await GetAsync(gateway, "/v1/models/qwen-7b", "search-key-1");
        Assert.Equal(HttpStatusCode.NotFound, shown.StatusCode);
    }

    [Fact]
    public async Task Reload_KeyTakenOut_IsUnknownFromThenOn()
    {
        await using var gateway = await TestGateway.StartAsync(Yaml);
        await File.WriteAllTextAsync(gateway.ConfigFile, Yaml.Replace("other-key-2", "new-key-4", StringComparison.Ordinal));
        Assert.True(gateway.Get<GatewayRuntime>().TryReload());

        using var old = await GetAsync(gateway, "/v1/models", "other-key-2");
        using var fresh = await GetAsync(gateway, "/v1/models", "new-key-4");

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (old.StatusCode, fresh.StatusCode));
    }

    [Fact]
    public async Task Chat_KeyOfWhichOnlyTheHashIsWritten_IsAnswered()
    {
        await using var gateway = await TestGateway.StartAsync(Yaml);

        using var response = await GetAsync(gateway, "/v1/models", "hashed-key-5");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    // No keys are not no section: nobody may call.
    [Fact]
    public async Task Chat_EmptyAuth_IsClosedToAll()
    {
        await using var gateway = await TestGateway.StartAsync("auth: {}\nbackends: [{ name: a, type: echo, models: [m] }]");

        using var response = await gateway.ChatAsync("hi", ("Authorization", "Bearer anything"));

        await response.AssertErrorAsync(401, "invalid_api_key", type: "authentication_error");
    }

    private static string Chat(string model) => $$"""{"model":"{{model}}","messages":[{"role":"user","content":"hello"}]}""";

    private static Task<HttpResponseMessage> GetAsync(TestGateway gateway, string path, string key)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        return gateway.Client.SendAsync(request);
    }

    private static async Task<string[]> ListAsync(TestGateway gateway, string key)
    {
        using var response = await GetAsync(gateway, "/v1/models", key);
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return [.. json.RootElement.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()!)];
    }
}
