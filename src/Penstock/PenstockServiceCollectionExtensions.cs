using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Penstock.Accounting;
using Penstock.Accounting.Ledger;
using Penstock.Admission;
using Penstock.Admission.Jwt;
using Penstock.Admission.Keys;
using Penstock.Admission.Limits;
using Penstock.Admission.Queue;
using Penstock.Backends;
using Penstock.Backends.Http;
using Penstock.Configuration;
using Penstock.Endpoints;
using Penstock.Forwarding;
using Penstock.Health;
using Penstock.Routing;
using Penstock.Routing.Prefix;
using Penstock.Runtime;
using Penstock.Storage;
using Penstock.Telemetry;

namespace Penstock;

/// <summary>Adds the gateway to an application's services.</summary>
public static class PenstockServiceCollectionExtensions
{
    /// <summary>
    /// Adds the gateway. Its endpoints are mapped by
    /// <see cref="PenstockEndpointRouteBuilderExtensions.MapPenstock"/>. Environment variables count where the
    /// configuration file refers to them (<c>${NAME}</c>), and nowhere else. Called again, it adds to the options; they
    /// can also be set by <c>services.Configure&lt;PenstockOptions&gt;(…)</c>.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets the options; by default everything is echoed.</param>
    /// <returns>A builder for what the application adds, like kinds of backend.</returns>
    /// <remarks>
    /// Where the configuration has errors, <see cref="PenstockEndpointRouteBuilderExtensions.MapPenstock"/> throws a
    /// <see cref="PenstockConfigurationException"/>.
    /// </remarks>
    public static PenstockBuilder AddPenstock(this IServiceCollection services, Action<PenstockOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<PenstockOptions>();
        if (configure is not null) options.Configure(configure);
        if (services.Any(s => s.ServiceType == typeof(GatewayRuntime))) return new PenstockBuilder(services);

        services.AddSingleton(LoaderOf);
        services.AddSingleton(provider => provider.GetRequiredService<ConfigLoader>().Load() switch
        {
            { Config: { } config } => config,
            var result => throw new PenstockConfigurationException(result.Errors),
        });
        services.AddSingleton(provider => new LogOutput(OptionsOf(provider).AccessLog is { } output ? new LogSink(output) : null, isOwned: true));
        AddGateway(services);
        return new PenstockBuilder(services);
    }

    /// <summary>Adds the gateway for the executable, which has read its configuration already.</summary>
    internal static void AddPenstock(this IServiceCollection services, ConfigLoader loader, GatewayConfig config, LogSink log)
    {
        services.AddSingleton(loader);
        services.AddSingleton(config);
        services.AddSingleton(new LogOutput(log, isOwned: false));
        AddGateway(services);
    }

    private static PenstockOptions OptionsOf(IServiceProvider provider) => provider.GetRequiredService<IOptions<PenstockOptions>>().Value;

    // As if the options had been said on a command line. A config.yaml that lies about is the application's own affair.
    private static ConfigLoader LoaderOf(IServiceProvider provider)
    {
        var options = OptionsOf(provider);
        var said = new Dictionary<string, string>();
        if (options.ConfigFile is not null) said["CONFIG_FILE"] = options.ConfigFile;
        if (options.BackendUrl is not null) said["BACKEND_URL"] = options.BackendUrl;
        if (options.ApiKey is not null) said["API_KEY"] = options.ApiKey;
        var sources = new ConfigSources
        {
            CommandLine = said,
            ReadsVariables = false,
            DefaultFile = null,
            Directory = provider.GetService<IHostEnvironment>()?.ContentRootPath ?? Directory.GetCurrentDirectory(),
        };
        return new ConfigLoader(sources, [.. provider.GetServices<BackendKind>().Select(kind => kind.Type)]);
    }

    private static void AddGateway(IServiceCollection services)
    {
        services.AddRouting();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<INameResolver, SystemNameResolver>();
        services.AddSingleton<HttpTransport>();
        services.AddSingleton<BackendKinds>();
        services.AddSingleton(provider => new GatewayMetrics(
            provider.GetRequiredService<TimeProvider>(), () => provider.GetRequiredService<LogOutput>().Sink?.Dropped ?? 0));
        services.AddSingleton(provider =>
        {
            var log = provider.GetRequiredService<GatewayConfig>().Log;
            var isOn = log.Level <= LogLevel.Information;
            return new AccessLog(isOn ? provider.GetRequiredService<LogOutput>().Sink : null, log.Format, provider.GetRequiredService<TimeProvider>());
        });
        services.AddSingleton(provider => new Store(
            Databases.Of(provider.GetRequiredService<GatewayConfig>().Store), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<Store>>()));
        services.AddSingleton(provider => new UsageSpool(provider.GetRequiredService<GatewayConfig>().Usage.Spool ?? UsageConfig.SpoolName));
        services.AddSingleton<UsageLedger>();
        services.AddSingleton<LedgerSink>();
        services.AddSingleton<LedgerWriter>();
        services.AddSingleton<LedgerReplay>();
        services.AddSingleton<UsageEndpoints>();
        services.AddSingleton<Settlement>();
        services.AddSingleton<KnownAddresses>();
        services.AddSingleton(provider => new Meters(
            isShared: provider.GetRequiredService<GatewayConfig>().Store is { Kind: StoreKind.Postgres }, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<JwksCaches>();
        services.AddSingleton(new LeaseTimes());
        services.AddSingleton<LeaseBroker>();
        services.AddSingleton<KnownKeys>();
        services.AddSingleton<PrefixPools>();
        services.AddSingleton<Pickers>();
        services.AddSingleton<SnapshotFactory>();
        services.AddSingleton<GatewayRuntime>();
        services.AddSingleton<Drain>();
        services.AddSingleton<AnswerReader>();
        services.AddSingleton<AttemptRunner>();
        services.AddSingleton<RetryBudget>();
        services.AddSingleton<Lines>();
        services.AddSingleton(provider =>
        {
            var runtime = provider.GetRequiredService<GatewayRuntime>();
            return new SeatQueue(provider.GetRequiredService<Lines>(), () => runtime.Current.Router);
        });
        services.AddSingleton<Hedge>();
        services.AddSingleton<AttemptLoop>();
        services.AddSingleton<StreamRescue>();
        services.AddSingleton<EventStreamRelay>();
        services.AddSingleton<ResponseRelay>();
        services.AddSingleton<ForwardingEndpoint>();
        services.AddSingleton<MetricsEndpoint>();
        services.AddSingleton<HealthEndpoints>();
        services.AddSingleton<AdminEndpoints>();
        services.AddSingleton<KeyEndpoints>();
        services.AddSingleton<RouteTable>();
        services.TryAddSingleton(new Doors(hasAdminPort: false));
        services.AddSingleton(provider => new FailedLogins(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<FailureThrottle>();
        services.AddSingleton<ExchangePipeline>();
        services.AddHostedService<StoreWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<LeaseBroker>());
        services.AddHostedService<LedgerService>();
        services.AddHostedService<UsageRetention>();
        // After the store's watch, which waits a moment for it, and before the server.
        services.AddSingleton<KeyReload>();
        services.AddSingleton<KeySync>();
        services.AddHostedService(provider => provider.GetRequiredService<KeySync>());
        services.AddHostedService<KeyWarnings>();
        services.AddHostedService<BudgetRestore>();
        services.AddHostedService<DrainService>();
        services.AddHostedService<ConfigWatcher>();
        services.AddSingleton<DnsDiscovery>();
        services.AddHostedService(provider => provider.GetRequiredService<DnsDiscovery>());
        services.AddHostedService<HealthProber>();
        services.AddHostedService<EngineWatch>();
    }
}
