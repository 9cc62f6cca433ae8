using System.Net;
using Penstock.Backends.Echo;
using Penstock.Backends.Http;
using Penstock.Configuration;

namespace Penstock.Backends;

/// <summary>The kinds of backend that the configuration may name: ours, and those of the application.</summary>
internal sealed class BackendKinds
{
    private readonly Dictionary<string, Func<BackendConfig, IPAddress?, IBackend>> _factories = new(StringComparer.Ordinal);

    public BackendKinds(HttpTransport transport, TimeProvider time, IEnumerable<BackendKind> custom, IServiceProvider services)
    {
        _factories[BackendReader.Echo] = (_, _) => new EchoBackend(time);
        _factories[BackendReader.Http] = (config, address) => new HttpBackend(config, transport, address);
        foreach (var kind in custom) _factories[kind.Type] = (config, _) => kind.Factory(services, config);
    }

    public static bool IsOurs(string type) => type is BackendReader.Echo or BackendReader.Http;

    /// <param name="config">How it was written.</param>
    /// <param name="address">Which of the addresses behind its name it is to use; null: whichever.</param>
    public IBackend Create(BackendConfig config, IPAddress? address = null) => _factories[config.Type](config, address);
}
