using Penstock.Configuration;
using Xunit;

namespace Penstock.Tests.Configuration;

/// <summary><c>models</c>, <c>retry</c>, and what holds for all models.</summary>
public sealed class ModelKeysTests
{
    private const string Backends = "backends: [{ name: gpu-a, type: echo }, { name: gpu-b, type: echo }]\n";

    [Fact]
    public void Load_EveryKey_IsRead()
    {
        var config = Load("""
            models:
              - name: llama
                backends: [gpu-b, gpu-a]
                policy: round_robin
                fallbacks: [qwen, gpu-a]
                aliases: [gpt-4o-mini, "gpt-3*"]
                first_token_timeout: 1.5
                hedge_after: 2.5
                keepalive: 3.5
                rescue: off
                on_disconnect: drain
                drain_timeout: 4.5
                queue: { max_requests: 5, max_bytes: 6000000000, timeout: 7.5 }
              - name: qwen
                backends: [gpu-a]
            retry: { attempts: 4, backoff: 5.5, max_backoff: 6.5, budget: 0.5 }
            default_backend: qwen
            """);

        var model = config.Models[0];
        Assert.Equal(("llama", PickerPolicy.RoundRobin), (model.Name, model.Policy));
        Assert.Equal(["gpu-b", "gpu-a"], model.Backends);
        Assert.Equal(["qwen", "gpu-a"], model.Fallbacks);
        Assert.Equal(["gpt-4o-mini", "gpt-3*"], model.Aliases);
        Assert.Equal(
            new ModelSettings
            {
                FirstTokenTimeout = TimeSpan.FromSeconds(1.5),
                HedgeAfter = TimeSpan.FromSeconds(2.5),
                Keepalive = TimeSpan.FromSeconds(3.5),
                Rescue = false,
                OnDisconnect = OnDisconnect.Drain,
                DrainTimeout = TimeSpan.FromSeconds(4.5),
                Queue = new QueueConfig { MaxRequests = 5, MaxBytes = 6_000_000_000, Timeout = TimeSpan.FromSeconds(7.5) },
            },
            model.Settings);
        Assert.Equal((null, new ModelSettings()), (config.Models[1].Policy, config.Models[1].Settings));
        Assert.Equal(
            new RetryConfig { Attempts = 4, Backoff = TimeSpan.FromSeconds(5.5), MaxBackoff = TimeSpan.FromSeconds(6.5), Budget = 0.5 },
            config.Retry);
        Assert.Equal("qwen", config.DefaultBackend);
        Assert.Equal(new ModelSettings(), config.Settings);
    }

    [Fact]
    public void Load_NothingSaid_IsTheDefault()
    {
        var config = Load("");

        Assert.Empty(config.Models);
        Assert.Equal((new RetryConfig(), new ModelSettings()), (config.Retry, config.Settings));
        Assert.Equal((3, 0.25, 5, 0.2), (config.Retry.Attempts, config.Retry.Backoff.TotalSeconds, config.Retry.MaxBackoff.TotalSeconds, config.Retry.Budget));
    }

    [Fact]
    public void Load_SettingsAtTheRoot_HoldForModelsThatSayNothing()
    {
        var config = Load("""
            first_token_timeout: 1
            hedge_after: 2
            keepalive: 3
            rescue: off
            on_disconnect: drain
            drain_timeout: 4
            queue: { max_requests: 10, timeout: 20 }
            models:
              - { name: a, backends: [gpu-a] }
              - { name: b, backends: [gpu-a], first_token_timeout: 9, hedge_after: off, keepalive: 9, rescue: on, on_disconnect: cancel, drain_timeout: 9, queue: { max_requests: 0 } }
            """);

        var root = new ModelSettings
        {
            FirstTokenTimeout = TimeSpan.FromSeconds(1),
            HedgeAfter = TimeSpan.FromSeconds(2),
            Keepalive = TimeSpan.FromSeconds(3),
            Rescue = false,
            OnDisconnect = OnDisconnect.Drain,
            DrainTimeout = TimeSpan.FromSeconds(4),
            Queue = new QueueConfig { MaxRequests = 10, Timeout = TimeSpan.FromSeconds(20) },
        };
        var nine = TimeSpan.FromSeconds(9);
        Assert.Equal(root, config.Settings);
        Assert.Equal(root, config.Models[0].Settings);
        Assert.Equal(
            new ModelSettings
            {
                FirstTokenTimeout = nine,
                Keepalive = nine,
                DrainTimeout = nine,
                Queue = root.Queue with { MaxRequests = 0 },
            },
            config.Models[1].Settings);
    }

    [Theory]
    [InlineData("least_loaded", PickerPolicy.LeastLoaded)]
    [InlineData("round_robin", PickerPolicy.RoundRobin)]
    [InlineData("weighted", PickerPolicy.Weighted)]
    [InlineData("random", PickerPolicy.Random)]
    [InlineData("priority", PickerPolicy.Priority)]
    internal void Load_Policy_IsRead(string word, PickerPolicy policy) =>
        Assert.Equal(policy, Assert.Single(Load($"models: [{{ name: a, backends: [gpu-a], policy: {word} }}]").Models).Policy);

    [Fact]
    public void Load_BackendOfAVariable_MayBeNamed()
    {
        using var folder = new ConfigFolder().Set("BACKEND_URL", "http://x").Write("models: [{ name: a, backends: [backend], fallbacks: [backend] }]");

        Assert.Equal(["backend"], Assert.Single(folder.LoadValid().Models).Backends);
    }

    [Theory]
    [InlineData("models: a", "config.yaml:2: models: this must be a list")]
    [InlineData("models: [a]", "config.yaml:2: models[0]: this must be a mapping (key: value)")]
    [InlineData("models:\n  - backends: [gpu-a]", "config.yaml:3: models[0].name: a model needs a name")]
    [InlineData("models:\n  - name: ''\n    backends: [gpu-a]", "config.yaml:3: models[0].name: a model's name is empty")]
    [InlineData("models:\n  - name: a", "config.yaml:3: models[0].backends: a model needs the backends that may answer for it")]
    [InlineData("models:\n  - name: a\n    backends: []", "config.yaml:4: models[0].backends: a model needs the backends that may answer for it")]
    [InlineData("models:\n  - name: a\n    backends: gpu-a", "config.yaml:4: models[0].backends: this must be a list")]
    [InlineData("models:\n  - name: a\n    backends: [gpu-a, gpu-a]", "config.yaml:4: models[0].backends: 'gpu-a' is there twice")]
    [InlineData("models:\n  - name: a\n    backends: [gpu_a]", "config.yaml:4: models[0].backends: there is no backend 'gpu_a'; did you mean 'gpu-a'?")]
    [InlineData("models:\n  - name: a\n    backends: [backend]", "config.yaml:4: models[0].backends: there is no backend 'backend', and BACKEND_URL is not set")]
    [InlineData("models:\n  - name: a\n    backends: [gpu-a]\n    policy: last", "config.yaml:5: models[0].policy: 'last' is not one of least_loaded, round_robin, weighted, random, priority, prefix_aware")]
    [InlineData("models:\n  - name: a\n    backends: [gpu-a]\n    polcy: random", "config.yaml:5: models[0].polcy: unknown key; did you mean 'policy'?")]
    [InlineData("models:\n  - { name: a, backends: [gpu-a] }\n  - { name: a, backends: [gpu-b] }", "config.yaml:4: models[1].name: there are two models 'a'")]
    [InlineData("models:\n  - name: a\n    backends: [gpu-a]\n    aliases: [b, b]", "config.yaml:5: models[0].aliases: 'b' is there twice")]
    [InlineData("models:\n  - name: a\n    backends: [gpu-a]\n    aliases: ['']", "config.yaml:5: models[0].aliases: a name is empty")]
    [InlineData("models:\n  - name: a\n    backends: [gpu-a]\n    aliases: [a]", "config.yaml:5: models[0].aliases: 'a' is the model's name already")]
    [InlineData("models:\n  - { name: a, backends: [gpu-a], aliases: [b] }\n  - { name: b, backends: [gpu-b] }", "config.yaml:3: models[0].aliases: there is a model 'b'")]
    [InlineData("models:\n  - { name: a, backends: [gpu-a], aliases: [x] }\n  - { name: b, backends: [gpu-b], aliases: [x] }", "config.yaml:4: models[1].aliases: 'x' is an alias of 'a' already")]
    [InlineData("models:\n  - name: a\n    backends: [gpu-a]\n    fallbacks: [a]", "config.yaml:5: models[0].fallbacks: a model cannot be its own fallback")]
    [InlineData("models:\n  - name: a\n    backends: [gpu-a]\n    fallbacks: [gpu-c]", "config.yaml:5: models[0].fallbacks: there is no model and no backend 'gpu-c'; did you mean 'gpu-a'?")]
    [InlineData("models:\n  - name: a\n    backends: [gpu-a]\n    fallbacks: [gpu-b, gpu-b]", "config.yaml:5: models[0].fallbacks: 'gpu-b' is there twice")]
    [InlineData("models:\n  - { name: a, backends: [gpu-a], fallbacks: [x] }\n  - { name: b, backends: [gpu-b], aliases: [x] }", "config.yaml:3: models[0].fallbacks: 'x' is an alias; did you mean 'b'?")]
    [InlineData("models:\n  - { name: a, backends: [gpu-a], fallbacks: ['b*'] }\n  - { name: 'b*', backends: [gpu-b] }", "config.yaml:3: models[0].fallbacks: 'b*' is a pattern; a fallback is one model, or a backend")]
    [InlineData("models: [{ name: 'b*', backends: [gpu-b] }]\ndefault_backend: b*", "config.yaml:3: default_backend: there is no backend 'b*'")]
    [InlineData("models: [{ name: llama, backends: [gpu-b] }]\ndefault_backend: lama", "config.yaml:3: default_backend: there is no backend 'lama'; did you mean 'llama'?")]
    [InlineData("rescue: maybe", "config.yaml:2: rescue: 'maybe' is not one of on, off, true, false")]
    [InlineData("hedge_after: never", "config.yaml:2: hedge_after: 'never' is not a time in seconds, more than 0 and at most 86400, or off")]
    [InlineData("hedge_after: 0", "config.yaml:2: hedge_after: '0' is not a time in seconds, more than 0 and at most 86400, or off")]
    [InlineData("keepalive: 0", "config.yaml:2: keepalive: '0' is not a time in seconds, more than 0 and at most 86400")]
    [InlineData("on_disconnect: finish", "config.yaml:2: on_disconnect: 'finish' is not one of cancel, drain")]
    [InlineData("drain_timeout: -1", "config.yaml:2: drain_timeout: '-1' is not a time in seconds, more than 0 and at most 86400")]
    [InlineData("queue: 5", "config.yaml:2: queue: this must be a mapping (key: value)")]
    [InlineData("queue: { max_requests: -1 }", "config.yaml:2: queue.max_requests: '-1' is not a whole number from 0 to 1000000")]
    [InlineData("queue: { max_bytes: 1MiB }", "config.yaml:2: queue.max_bytes: '1MiB' is not a whole number from 0 to 1099511627776")]
    [InlineData("queue: { timeout: 0 }", "config.yaml:2: queue.timeout: '0' is not a time in seconds, more than 0 and at most 86400")]
    [InlineData("queue: { max_request: 1 }", "config.yaml:2: queue.max_request: unknown key; did you mean 'max_requests'?")]
    [InlineData("keep_alive: 1", "config.yaml:2: keep_alive: unknown key; did you mean 'keepalive'?")]
    [InlineData("retry: 3", "config.yaml:2: retry: this must be a mapping (key: value)")]
    [InlineData("retry: { attempts: 0 }", "config.yaml:2: retry.attempts: '0' is not a whole number from 1 to 10")]
    [InlineData("retry: { attempts: 11 }", "config.yaml:2: retry.attempts: '11' is not a whole number from 1 to 10")]
    [InlineData("retry: { backoff: 0 }", "config.yaml:2: retry.backoff: '0' is not a time in seconds, more than 0 and at most 86400")]
    [InlineData("retry: { budget: 1.1 }", "config.yaml:2: retry.budget: '1.1' is not a number from 0 to 1")]
    [InlineData("retry: { budget: NaN }", "config.yaml:2: retry.budget: 'NaN' is not a number from 0 to 1")]
    [InlineData("retry:\n  atempts: 1", "config.yaml:3: retry.atempts: unknown key; did you mean 'attempts'?")]
    public void Load_WrongKey_NamesFileLineAndPath(string yaml, string error)
    {
        using var folder = new ConfigFolder().Write(Backends + yaml);

        Assert.Equal([error], folder.Errors());
    }

    // One mistake is one error: the entry without a name may be the one that is meant.
    [Theory]
    [InlineData("backends: [{ type: echo }]\nmodels: [{ name: a, backends: [gpu] }]", "config.yaml:1: backends[0].name: a backend needs a name")]
    [InlineData("backends: [{ name: gpu, type: echo }]\nmodels: [{ name: a, backends: [gpu], fallbacks: [b] }, { backends: [gpu] }]", "config.yaml:2: models[1].name: a model needs a name")]
    public void Load_EntryWithoutAName_IsTheOnlyError(string yaml, string error)
    {
        using var folder = new ConfigFolder().Write(yaml);

        Assert.Equal([error], folder.Errors());
    }

    private static GatewayConfig Load(string yaml)
    {
        using var folder = new ConfigFolder().Write(Backends + yaml);

        return folder.LoadValid();
    }
}
