using System.Runtime.CompilerServices;
using BenchmarkDotNet.Attributes;
using Penstock.Backends;
using Penstock.Backends.Echo;
using Penstock.Configuration;
using Penstock.Routing;

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
        _router = new ModelRouter(backends, "gpu-0", new LeastLoadedPicker());
    }

    [Benchmark]
    public string ExactModel() => _router.Resolve("model-50")!.Pool.Pick().Name;

    [Benchmark]
    public string LastOf100Patterns() => _router.Resolve("family-9-large")!.Pool.Pick().Name;

    [Benchmark]
    public string UnknownModel() => _router.Resolve("gpt-4o-mini")!.Pool.Pick().Name;

    [Benchmark]
    public string LeastLoadedOfEight() => _router.Resolve("shared")!.Pool.Pick().Name;

    private static Backend NewBackend(string name, string[] models) => new(
        new BackendConfig { Name = name, Type = "echo", Models = models },
        new EchoBackend(TimeProvider.System),
        new BackendState(new StrongBox<long>()));
}
