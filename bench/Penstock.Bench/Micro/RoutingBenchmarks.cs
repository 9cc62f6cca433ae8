using System.Runtime.CompilerServices;
using BenchmarkDotNet.Attributes;
using Penstock.Backends;
using Penstock.Backends.Echo;
using Penstock.Configuration;
using Penstock.Health;
using Penstock.Routing;
using Penstock.Routing.Prefix;

namespace Penstock.Bench.Micro;

/// <summary>From a model's name to a backend: 100 models, and pools of one and of eight.</summary>
[MemoryDiagnoser]
public class RoutingBenchmarks
{
    private readonly ModelRouter _router;

    public RoutingBenchmarks()
    {
        var backends = new List<Backend>();
        for (var i = 0; i < 100; i++) backends.Add(NewBackend($"single-{i}", [$"model-{i}", $"family-{i}-*"]));
        for (var i = 0; i < 8; i++) backends.Add(NewBackend($"gpu-{i}", ["shared"]));
        _router = new ModelRouter(backends, new GatewayConfig { Backends = [.. backends.Select(b => b.Config)], DefaultBackend = "gpu-0" }, new Pickers(new PrefixPools(TimeProvider.System)));
    }

    [Benchmark]
    public string ExactModel() => Pick("model-50");

    [Benchmark]
    public string LastOf100Patterns() => Pick("family-9-large");

    [Benchmark]
    public string UnknownModel() => Pick("gpt-4o-mini");

    [Benchmark]
    public string LeastLoadedOfEight() => Pick("shared");

    private string Pick(string model)
    {
        if (!_router.Resolve(model)!.Pool.TryPick(null, null, out var pick)) return "";
        pick.Dispose();
        return pick.Backend.Name;
    }

    private static Backend NewBackend(string name, string[] models) => new(
        new BackendConfig { Name = name, Type = "echo", Models = models },
        new EchoBackend(TimeProvider.System),
        new BackendState(new StrongBox<long>(), new BackendHealth()));
}
