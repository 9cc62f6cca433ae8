using Penstock.Backends.Echo;
using Penstock.Backends.Http;
using Penstock.Configuration;

namespace Penstock.Backends;

/// <summary>The kinds of backend that the configuration may name: ours, and those of the application.</summary>
internal sealed class BackendKinds
{
    private readonly Dictionary<string, Func<BackendConfig, IBackend>> _factories = new(StringComparer.Ordinal);

    public BackendKinds(HttpTransport transport, ProbeTransport probes, TimeProvider time, IEnumerable<BackendKind> custom, IServiceProvider services)
    {
        _factories[BackendReader.Echo] = _ => new EchoBackend(time);
        _factories[BackendReader.Http] = config => new HttpBackend(config, transport, probes);
        foreach (var kind in custom) _factories[kind.Type] = config => kind.Factory(services, config);
    }

    public static bool IsOurs(string type) => type is BackendReader.Echo or BackendReader.Http;

    public IBackend Create(BackendConfig config) => _factories[config.Type](config);
}
