using Penstock.Configuration;
using Xunit;

namespace Penstock.Tests.Configuration;

/// <summary>The keys of <c>backends</c> that say how a server is treated.</summary>
public sealed class BackendKeysTests
{
    [Fact]
    public void Load_EveryKey_IsRead()
    {
        var backend = Load("""
            name: gpu
            url: http://gpu:8000
            weight: 3
            max_concurrency: 64
            connect_timeout: 0.5
            timeout: 1.5
            first_token_timeout: 2.5
            idle_timeout: 3.5
            health: { path: /healthz, interval: 4.5, timeout: 5.5, healthy_after: 6, unhealthy_after: 7 }
            breaker: { failures: 8, window: 9.5, open: 10.5 }
            continuation: vllm
            kind: sglang
            discovery: dns
            """);

        Assert.Equal((3, 64), (backend.Weight, backend.MaxConcurrency));
        Assert.Equal(
            (0.5, 1.5, 2.5, 3.5),
            (backend.ConnectTimeout.TotalSeconds, backend.Timeout.TotalSeconds, backend.FirstTokenTimeout.TotalSeconds, backend.IdleTimeout.TotalSeconds));
        Assert.Equal(
            new HealthConfig
            {
                IsProbed = true,
                Path = "/healthz",
                Interval = TimeSpan.FromSeconds(4.5),
                Timeout = TimeSpan.FromSeconds(5.5),
                HealthyAfter = 6,
                UnhealthyAfter = 7,
            },
            backend.Health);
        Assert.Equal(new BreakerConfig { Failures = 8, Window = TimeSpan.FromSeconds(9.5), Open = TimeSpan.FromSeconds(10.5) }, backend.Breaker);
        Assert.Equal((Continuation.Vllm, Discovery.Dns, EngineKind.Sglang), (backend.Continuation, backend.Discovery, backend.Kind));
    }

    [Fact]
    public void Load_NothingSaid_IsTheDefault()
    {
        var backend = Load("name: gpu\nurl: http://gpu:8000");

        Assert.Equal((1, null), (backend.Weight, backend.MaxConcurrency));
        Assert.Equal(
            (3, 60, 60, 30),
            (backend.ConnectTimeout.TotalSeconds, backend.Timeout.TotalSeconds, backend.FirstTokenTimeout.TotalSeconds, backend.IdleTimeout.TotalSeconds));
        Assert.Equal((new BreakerConfig(), Continuation.None, Discovery.None), (backend.Breaker, backend.Continuation, backend.Discovery));
        Assert.Equal(EngineKind.Auto, backend.Kind);
    }

    [Theory]
    [InlineData("timeout: 5", 5, 5)]
    [InlineData("first_token_timeout: 5", 60, 5)]
    [InlineData("timeout: 5\nfirst_token_timeout: 60", 5, 60)]
    public void Load_OnlyTimeout_IsForTheFirstTokenToo(string keys, double timeout, double firstToken)
    {
        var backend = Load("name: gpu\nurl: http://gpu\n" + keys);

        Assert.Equal((timeout, firstToken), (backend.Timeout.TotalSeconds, backend.FirstTokenTimeout.TotalSeconds));
    }

    [Theory]
    [InlineData("url: http://gpu", true)]
    [InlineData("url: https://api.example.com", false)]
    [InlineData("type: echo", false)]
    [InlineData("url: http://gpu\nhealth: off", false)]
    [InlineData("url: http://gpu\nhealth: Off", false)]
    [InlineData("url: http://gpu\nhealth: false", false)]
    [InlineData("url: https://api.example.com\nhealth: on", true)]
    [InlineData("url: https://api.example.com\nhealth: true", true)]
    [InlineData("url: https://api.example.com\nhealth: { path: /v1/models }", true)]
    [InlineData("url: https://api.example.com\nhealth: {}", true)]
    [InlineData("url: https://api.example.com\nhealth:", false)]
    [InlineData("type: echo\nhealth: off", false)]
    public void Load_Health_IsProbedWhereSaidOrBehindHttp(string keys, bool isProbed) =>
        Assert.Equal(isProbed, Load("name: gpu\n" + keys).Health.IsProbed);

    [Fact]
    public void Load_HealthOfACustomType_IsOffUnlessSaid()
    {
        using var folder = new ConfigFolder { CustomTypes = ["mine"] }.Write(
            "backends: [{ name: a, type: mine, url: 'http://x' }, { name: b, type: mine, url: 'http://x', health: on }]");

        Assert.Equal([false, true], folder.LoadValid().Backends.Select(b => b.Health.IsProbed));
    }

    [Theory]
    [InlineData("http://gpu:8000", true)]
    [InlineData("https://api.example.com", false)]
    public void Load_BackendUrl_HasTheSameDefaults(string url, bool isProbed)
    {
        using var folder = new ConfigFolder().Set("BACKEND_URL", url);

        Assert.Equal(isProbed, Assert.Single(folder.LoadValid().Backends).Health.IsProbed);
    }

    [Theory]
    [InlineData("url: http://x\n    weight: 0", "config.yaml:4: backends[0].weight: '0' is not a whole number from 1 to 1000")]
    [InlineData("url: http://x\n    weight: 1001", "config.yaml:4: backends[0].weight: '1001' is not a whole number from 1 to 1000")]
    [InlineData("url: http://x\n    max_concurrency: 0", "config.yaml:4: backends[0].max_concurrency: '0' is not a whole number from 1 to 1000000")]
    [InlineData("url: http://x\n    connect_timeout: 0", "config.yaml:4: backends[0].connect_timeout: '0' is not a time in seconds, more than 0 and at most 86400")]
    [InlineData("url: http://x\n    first_token_timeout: x", "config.yaml:4: backends[0].first_token_timeout: 'x' is not a time in seconds, more than 0 and at most 86400")]
    [InlineData("url: http://x\n    idle_timeout: 86401", "config.yaml:4: backends[0].idle_timeout: '86401' is not a time in seconds, more than 0 and at most 86400")]
    [InlineData("url: http://x\n    helth: off", "config.yaml:4: backends[0].helth: unknown key; did you mean 'health'?")]
    [InlineData("url: http://x\n    health: never", "config.yaml:4: backends[0].health: 'never' is not one of on, off, true, false")]
    [InlineData("url: http://x\n    health: [on]", "config.yaml:4: backends[0].health: this must be a single value")]
    [InlineData("url: http://x\n    health: { path: health }", "config.yaml:4: backends[0].health.path: 'health' is not a path like /health")]
    [InlineData("url: http://x\n    health: { path: '/a b' }", "config.yaml:4: backends[0].health.path: '/a b' is not a path like /health")]
    [InlineData("url: http://x\n    health: { interval: 0 }", "config.yaml:4: backends[0].health.interval: '0' is not a time in seconds, more than 0 and at most 86400")]
    [InlineData("url: http://x\n    health: { healthy_after: 0 }", "config.yaml:4: backends[0].health.healthy_after: '0' is not a whole number from 1 to 1000")]
    [InlineData("url: http://x\n    health:\n      intervall: 5", "config.yaml:5: backends[0].health.intervall: unknown key; did you mean 'interval'?")]
    [InlineData("url: http://x\n    breaker: off", "config.yaml:4: backends[0].breaker: this must be a mapping (key: value)")]
    [InlineData("url: http://x\n    breaker: { failures: 0 }", "config.yaml:4: backends[0].breaker.failures: '0' is not a whole number from 1 to 1000")]
    [InlineData("url: http://x\n    breaker: { opens: 1 }", "config.yaml:4: backends[0].breaker.opens: unknown key; did you mean 'open'?")]
    [InlineData("url: http://x\n    continuation: prefil", "config.yaml:4: backends[0].continuation: 'prefil' is not one of none, prefill, vllm; did you mean 'prefill'?")]
    [InlineData("url: http://x\n    discovery: srv", "config.yaml:4: backends[0].discovery: 'srv' is not one of none, dns")]
    [InlineData("url: http://10.0.0.1:80\n    discovery: dns", "config.yaml:4: backends[0].discovery: '10.0.0.1' is an address already; dns is for a url with a name")]
    [InlineData("url: http://[::1]:80\n    discovery: dns", "config.yaml:4: backends[0].discovery: '[::1]' is an address already; dns is for a url with a name")]
    [InlineData("url: http://x\n    kind: vlm", "config.yaml:4: backends[0].kind: 'vlm' is not one of auto, llamacpp, vllm, sglang, ollama, openai; did you mean 'vllm'?")]
    [InlineData("type: echo\n    kind: vllm", "config.yaml:4: backends[0].kind: an echo backend has no server of any kind")]
    [InlineData("type: mine\n    kind: vllm", "config.yaml:4: backends[0].kind: only a backend of type http has a kind of server")]
    [InlineData("type: echo\n    health: on", "config.yaml:4: backends[0].health: an echo backend has no server to ask")]
    [InlineData("type: echo\n    health: { interval: 1 }", "config.yaml:4: backends[0].health: an echo backend has no server to ask")]
    [InlineData("type: echo\n    connect_timeout: 1", "config.yaml:4: backends[0].connect_timeout: an echo backend has no server to connect to")]
    [InlineData("type: echo\n    discovery: dns", "config.yaml:4: backends[0].discovery: an echo backend has no server to connect to")]
    [InlineData("type: mine\n    health: on", "config.yaml:4: backends[0].health: there is no url to ask")]
    [InlineData("type: mine\n    discovery: dns", "config.yaml:4: backends[0].discovery: there is no url whose name could be looked up")]
    public void Load_WrongKey_NamesFileLineAndPath(string keys, string error)
    {
        using var folder = new ConfigFolder { CustomTypes = ["mine"] }.Write("backends:\n  - name: a\n    " + keys);

        Assert.Equal([error], folder.Errors());
    }

    private static BackendConfig Load(string keys)
    {
        using var folder = new ConfigFolder().Write("backends:\n  - " + keys.Replace("\n", "\n    ", StringComparison.Ordinal));

        return Assert.Single(folder.LoadValid().Backends);
    }
}
