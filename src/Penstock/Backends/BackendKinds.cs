using Penstock.Backends.Echo;
using Penstock.Backends.Http;
using Penstock.Configuration;

namespace Penstock.Backends;

/// <summary>The kinds of backend that the configuration may name: ours, and those of the application.</summary>
internal sealed class BackendKinds
{
    private readonly Dictionary<string, Func<BackendConfig, IBackend>> _factories = new(StringComparer.Ordinal);
    private readonly List<string> _custom = [];

    public BackendKinds(HttpTransport transport, TimeProvider time)
    {
        _factories[BackendReader.Echo] = _ => new EchoBackend(time);
        _factories[BackendReader.Http] = config => new HttpBackend(config, transport);
    }

    /// <summary>The kinds that the application has added.</summary>
    public IReadOnlyCollection<string> Custom => _custom;

    public void Add(string type, Func<BackendConfig, IBackend> factory)
    {
        if (!_factories.TryAdd(type, factory)) throw new ArgumentException($"There is a kind of backend '{type}' already.", nameof(type));
        _custom.Add(type);
    }

    public IBackend Create(BackendConfig config) => _factories[config.Type](config);
}
