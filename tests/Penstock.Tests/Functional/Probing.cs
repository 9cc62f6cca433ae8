using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Health;
using Penstock.Runtime;
using Penstock.Tests.Tools;

namespace Penstock.Tests.Functional;

/// <summary>Probes that do not take a test's time, and what they have found.</summary>
internal static class Probing
{
    /// <summary>Probes every backend of the first configuration often, with all the time that a slow machine needs.</summary>
    public static Action<IServiceCollection> Often(string? path = null, double timeout = 30) => services =>
    {
        var config = (GatewayConfig)services.Last(s => s.ServiceType == typeof(GatewayConfig)).ImplementationInstance!;
        var health = new HealthConfig
        {
            IsProbed = true,
            Path = path,
            Interval = TimeSpan.FromMilliseconds(20),
            Timeout = TimeSpan.FromSeconds(timeout),
        };
        services.Replace(ServiceDescriptor.Singleton(config with { Backends = [.. config.Backends.Select(b => b with { Health = health })] }));
    };

    public static Backend BackendOf(TestGateway gateway, string name = "remote") =>
        gateway.Get<GatewayRuntime>().Current.Backends.First(b => b.Name == name);

    public static Task WaitForAsync(TestGateway gateway, ProbeState state, string name = "remote") =>
        Patience.UntilAsync(() => BackendOf(gateway, name).State.Health.Read().Probes == state, $"{name} is {state}");
}
