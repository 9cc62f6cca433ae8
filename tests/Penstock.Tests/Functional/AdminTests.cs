using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Penstock.Health;
using Penstock.Runtime;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary><c>/admin</c>: who may ask, what is said, and what can be done.</summary>
public sealed class AdminTests : IAsyncLifetime
{
    private const string Key = "Bearer admin-sekret";

    private readonly ScriptedUpstream _upstream = ScriptedUpstream.Start();
    private readonly ManualTime _time = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _upstream.DisposeAsync();
        Assert.Empty(_upstream.ScriptErrors);
    }

    [Theory]
    [InlineData("GET", "/admin/backends")]
    [InlineData("POST", "/admin/backends")]
    [InlineData("POST", "/admin/backends/remote/drain")]
    [InlineData("GET", "/admin/backends/remote/enable")]
    [InlineData("GET", "/admin/nothing")]
    [InlineData("GET", "/admin")]
    public async Task Admin_WithoutAKeyConfigured_IsNotThere(string method, string path)
    {
        await using var gateway = await TestGateway.StartAsync();

        using var response = await SendAsync(gateway, method, path);
        using var unknown = await SendAsync(gateway, method, "/nowhere");

        await response.AssertErrorAsync(404, "not_found");
        Assert.Equal(
            (await unknown.Content.ReadAsStringAsync()).Replace("/nowhere", path, StringComparison.Ordinal), await response.Content.ReadAsStringAsync());
        Assert.Empty(response.Headers.WwwAuthenticate);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer wrong")]
    [InlineData("Bearer gateway-sekret")]
    [InlineData("admin-sekret")]
    [InlineData("Basic admin-sekret")]
    public async Task Admin_WithoutTheKey_Is401_WhateverIsAskedFor(string? credential)
    {
        await using var gateway = await StartAsync();
        foreach (var (method, path) in ((string, string)[])
        [
            ("GET", "/admin/backends"), ("DELETE", "/admin/backends"), ("POST", "/admin/backends/remote/drain"),
            ("POST", "/admin/backends/nobody/drain"), ("GET", "/admin/nothing"),
        ])
        {
            using var response = await SendAsync(gateway, method, path, credential);

            await response.AssertErrorAsync(401, "invalid_api_key", type: "authentication_error");
            Assert.StartsWith("Bearer", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        }

        Assert.Equal(Obstacle.None, Probing.BackendOf(gateway).Obstacle);
    }

    [Theory]
    [InlineData("POST", "/admin/backends", "GET, HEAD")]
    [InlineData("GET", "/admin/backends/remote/drain", "POST")]
    [InlineData("DELETE", "/admin/backends/remote/enable", "POST")]
    public async Task Admin_WrongMethod_Is405WithAllow(string method, string path, string allow)
    {
        await using var gateway = await StartAsync();

        using var response = await SendAsync(gateway, method, path, Key);

        await response.AssertErrorAsync(405, "method_not_allowed");
        Assert.Equal(allow, string.Join(", ", response.Content.Headers.Allow));
    }

    [Theory]
    [InlineData("POST", "/admin/backends/nobody/drain")]
    [InlineData("POST", "/admin/backends/Remote/enable")]
    [InlineData("POST", "/admin/nothing")]
    public async Task Admin_Unknown_Is404(string method, string path)
    {
        await using var gateway = await StartAsync();

        using var response = await SendAsync(gateway, method, path, Key);

        await response.AssertErrorAsync(404, "not_found");
    }

    [Fact]
    public async Task Backends_AreListed_WithAllThatIsKnown()
    {
        await using var gateway = await StartAsync();
        var health = Probing.BackendOf(gateway).State;
        health.Answered(TimeSpan.FromMilliseconds(1234.5678), TimeSpan.FromMilliseconds(56.7));
        health.Health.Failed("it answered 500");
        health.Health.Rest(TimeSpan.FromSeconds(20));

        using var list = await GetAsync(gateway, "/admin/backends");

        Assert.Equal("list", list.RootElement.GetProperty("object").GetString());
        var backends = list.RootElement.GetProperty("data").EnumerateArray().ToArray();
        Assert.Equal(
            ["name", "type", "url", "address", "state", "obstacle", "breaker", "in_flight", "max_concurrency", "seats", "seats_from", "weight", "latency_ms", "ttft_ms", "engine", "last_error", "resting_until"],
            backends[0].EnumerateObject().Select(p => p.Name));
        Assert.Equal(
            $$$"""{"name":"remote","type":"http","url":"{{{_upstream.Url}}}/base","address":null,"state":"unknown","obstacle":"resting","breaker":"closed","in_flight":0,"max_concurrency":null,"seats":null,"seats_from":null,"weight":1,"latency_ms":1234.568,"ttft_ms":56.7,"engine":null,"last_error":{"at":"2026-01-02T03:04:05.000Z","message":"it answered 500"},"resting_until":"2026-01-02T03:04:25.000Z"}""",
            backends[0].GetRawText());
        Assert.Equal(
            """{"name":"org/echo","type":"echo","url":null,"address":null,"state":"unknown","obstacle":"none","breaker":"closed","in_flight":0,"max_concurrency":null,"seats":null,"seats_from":null,"weight":1,"latency_ms":null,"ttft_ms":null,"engine":null,"last_error":null,"resting_until":null}""",
            backends[1].GetRawText());
    }

    [Theory]
    [InlineData("down")]
    [InlineData("breaker_open")]
    [InlineData("bad_credentials")]
    [InlineData("drained")]
    public async Task Backends_Obstacles_HaveTheirNames(string obstacle)
    {
        await using var gateway = await StartAsync();
        var health = Probing.BackendOf(gateway).State.Health;
        health.Configure(new() { IsProbed = true }, new());
        if (obstacle == "drained") health.Drain();
        if (obstacle == "bad_credentials") health.RejectCredentials("x");
        for (var i = 0; i < 5; i++)
        {
            if (obstacle == "down") health.ProbeFailed("x");
            if (obstacle == "breaker_open") health.Failed("x");
        }

        var shown = await FirstAsync(gateway);

        Assert.Equal(obstacle, shown.GetProperty("obstacle").GetString());
        Assert.Equal(obstacle == "down" ? "down" : "unknown", shown.GetProperty("state").GetString());
        Assert.Equal(obstacle == "breaker_open" ? "open" : "closed", shown.GetProperty("breaker").GetString());
        if (obstacle == "breaker_open")
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            Assert.Equal("half_open", (await FirstAsync(gateway)).GetProperty("breaker").GetString());
        }
    }

    [Fact]
    public async Task Drain_OpenStream_IsFinished_AndNothingNewComes_UntilItIsEnabled()
    {
        _upstream.Script = Scripts.PauseAfter(2, "one two three four");
        await using var gateway = await StartAsync();
        using var stream = await OpenStream.ChatAsync(gateway.Client);
        await stream.ReadToAsync("two");

        using (var drained = await SendAsync(gateway, "POST", "/admin/backends/remote/drain", Key))
        {
            var json = await drained.JsonAsync();
            Assert.Equal(HttpStatusCode.OK, drained.StatusCode);
            Assert.Equal(("remote", "drained", 1),
                (json.GetProperty("name").GetString(), json.GetProperty("obstacle").GetString(), json.GetProperty("in_flight").GetInt32()));
        }

        using (var refused = await gateway.ChatAsync()) Assert.True((int)refused.StatusCode >= 500);
        _upstream.Release();
        var events = await stream.ReadToEndAsync();
        Assert.True(events.IsDone);
        Assert.Equal("one two three four", events.Content);
        Assert.Single(_upstream.Requests);

        using (var enabled = await SendAsync(gateway, "POST", "/admin/backends/remote/enable", Key))
            Assert.Equal("none", (await enabled.JsonAsync()).GetProperty("obstacle").GetString());
        _upstream.Script = Scripts.Chat("hello");
        using var answered = await gateway.ChatAsync();
        Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
        await gateway.WaitForLogAsync("info The backend remote was drained");
        await gateway.WaitForLogAsync("info The backend remote was enabled");
    }

    [Fact]
    public async Task Drain_SurvivesAReload()
    {
        await using var gateway = await StartAsync();
        (await SendAsync(gateway, "POST", "/admin/backends/remote/drain", Key)).Dispose();

        await File.AppendAllTextAsync(gateway.ConfigFile, "\n# changed\n");
        Assert.True(gateway.Get<GatewayRuntime>().TryReload());

        Assert.Equal("drained", (await FirstAsync(gateway)).GetProperty("obstacle").GetString());
    }

    [Fact]
    public async Task Drain_NameWithASlash_IsFound()
    {
        await using var gateway = await StartAsync();

        using var response = await SendAsync(gateway, "POST", "/admin/backends/org%2Fecho/drain", Key);

        Assert.Equal("org/echo", (await response.JsonAsync()).GetProperty("name").GetString());
        Assert.Equal(Obstacle.Drained, Probing.BackendOf(gateway, "org/echo").Obstacle);
        Assert.Equal(Obstacle.None, Probing.BackendOf(gateway).Obstacle);
    }

    [Fact]
    public async Task Admin_IsLogged_AndNotMetered()
    {
        await using var gateway = await StartAsync();

        (await GetAsync(gateway, "/admin/backends")).Dispose();

        Assert.Contains("status=200", await gateway.WaitForLogAsync("path=/admin/backends"), StringComparison.Ordinal);
        Assert.DoesNotContain("sekret", gateway.Log, StringComparison.Ordinal);
        using var metrics = await GetAsync(gateway, "/metrics");
        Assert.Equal(0, metrics.RootElement.GetProperty("request_count").GetInt32());
    }

    private static Task<HttpResponseMessage> SendAsync(TestGateway gateway, string method, string path, string? credential = null)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (credential is not null) request.Headers.TryAddWithoutValidation("Authorization", credential);
        return gateway.Client.SendAsync(request);
    }

    private static async Task<JsonDocument> GetAsync(TestGateway gateway, string path)
    {
        using var response = await SendAsync(gateway, "GET", path, Key);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync());
    }

    private static async Task<JsonElement> FirstAsync(TestGateway gateway)
    {
        using var list = await GetAsync(gateway, "/admin/backends");
        return list.RootElement.GetProperty("data")[0].Clone();
    }

    // The clock stands, and nobody probes: what is shown is what the test has done.
    private Task<TestGateway> StartAsync() => TestGateway.StartAsync(
        $"""
        server:
          admin_key: admin-sekret
        default_backend: remote
        backends:
          - name: remote
            url: {_upstream.Url}/base
          - name: org/echo
            type: echo
        """,
        configure: services =>
        {
            services.AddSingleton<TimeProvider>(_time);
            services.Remove(services.Single(s => s.ImplementationType == typeof(HealthProber)));
        });
}
