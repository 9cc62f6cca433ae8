using Microsoft.Extensions.DependencyInjection;
using Penstock.Configuration;

namespace Penstock.Tests.Functional;

/// <summary>Settings that a gateway starts with, whatever its file can say.</summary>
internal static class ChangedConfig
{
    /// <summary>Changes each backend of the configuration that was read.</summary>
    public static void ChangeBackends(this IServiceCollection services, Func<BackendConfig, BackendConfig> change)
    {
        var config = (GatewayConfig)services.Last(s => s.ServiceType == typeof(GatewayConfig)).ImplementationInstance!;
        services.AddSingleton(config with
        {
            Backends = [.. config.Backends.Select(change)],
        });
    }
}
