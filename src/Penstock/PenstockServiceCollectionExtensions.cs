using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Penstock.Accounting;
using Penstock.Backends;
using Penstock.Backends.Http;
using Penstock.Configuration;
using Penstock.Endpoints;
using Penstock.Forwarding;
using Penstock.Health;
using Penstock.Runtime;
using Penstock.Telemetry;

namespace Penstock;

/// <summary>Adds the gateway to an application's services.</summary>
public static class PenstockServiceCollectionExtensions
{
    /// <summary>
    /// Adds the gateway. Its endpoints are mapped by
    /// <see cref="PenstockEndpointRouteBuilderExtensions.MapPenstock"/>. Environment variables count where the
    /// configuration file refers to them (<c>${NAME}</c>), and nowhere else.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets the options; by default everything is echoed.</param>
    /// <returns>A builder for what the application adds, like kinds of backend.</returns>
    /// <exception cref="PenstockConfigurationException">Thrown when the services are first used and the configuration has errors.</exception>
    public static PenstockBuilder AddPenstock(this IServiceCollection services, Action<PenstockOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = new PenstockOptions();
        configure?.Invoke(options);
        var overrides = new Dictionary<string, string>();
        // A file in the working directory is the application's own affair: without a name, no file is read.
        overrides["CONFIG_FILE"] = options.ConfigFile ?? Path.Combine(AppContext.BaseDirectory, "penstock.yaml");
        if (options.BackendUrl is not null) overrides["BACKEND_URL"] = options.BackendUrl;
        if (options.ApiKey is not null) overrides["API_KEY"] = options.ApiKey;
        var sources = new ConfigSources { CommandLine = overrides, ReadsVariables = false, IsFileOptional = options.ConfigFile is null };

        var kinds = new List<(string Type, Func<BackendConfig, IBackend> Factory)>();
        services.AddSingleton(_ => new ConfigLoader(sources, [.. kinds.Select(k => k.Type)]));
        services.AddSingleton(provider => provider.GetRequiredService<ConfigLoader>().Load() switch
        {
            { Config: { } config } => config,
            var result => throw new PenstockConfigurationException(result.Errors),
        });
        if (options.AccessLog is { } output) services.AddSingleton(_ => new LogSink(output));
        AddGateway(services, kinds);
        return new PenstockBuilder(kinds);
    }

    /// <summary>Adds the gateway for the executable, which has read its configuration already.</summary>
    internal static PenstockBuilder AddPenstock(this IServiceCollection services, ConfigLoader loader, GatewayConfig config, LogSink? log)
    {
        var kinds = new List<(string Type, Func<BackendConfig, IBackend> Factory)>();
        services.AddSingleton(loader);
        services.AddSingleton(config);
        if (log is not null) services.AddSingleton(log);
        AddGateway(services, kinds);
        return new PenstockBuilder(kinds);
    }

    private static void AddGateway(IServiceCollection services, List<(string Type, Func<BackendConfig, IBackend> Factory)> kinds)
    {
        services.AddRouting();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<HttpTransport>();
        services.AddSingleton(provider =>
        {
            var all = new BackendKinds(provider.GetRequiredService<HttpTransport>(), provider.GetRequiredService<TimeProvider>());
            foreach (var (type, factory) in kinds) all.Add(type, factory);
            return all;
        });
        services.AddSingleton(provider => new GatewayMetrics(
            provider.GetRequiredService<TimeProvider>(), () => provider.GetService<LogSink>()?.Dropped ?? 0));
        services.AddSingleton(provider =>
        {
            var log = provider.GetRequiredService<GatewayConfig>().Log;
            var isOn = log.Level <= LogLevel.Information;
            return new AccessLog(isOn ? provider.GetService<LogSink>() : null, log.Format, provider.GetRequiredService<TimeProvider>());
        });
        services.AddSingleton<Settlement>();
        services.AddSingleton<SnapshotFactory>();
        services.AddSingleton<GatewayRuntime>();
        services.AddSingleton<Drain>();
        services.AddSingleton<AnswerReader>();
        services.AddSingleton<AttemptLoop>();
        services.AddSingleton<EventStreamRelay>();
        services.AddSingleton<ResponseRelay>();
        services.AddSingleton<ForwardingEndpoint>();
        services.AddSingleton<MetricsEndpoint>();
        services.AddSingleton<HealthEndpoints>();
        services.AddSingleton<RouteTable>();
        services.AddSingleton<ExchangePipeline>();
        services.AddHostedService<DrainService>();
        services.AddHostedService<ConfigWatcher>();
    }
}
