using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Penstock.Configuration;
using Penstock.Endpoints;
using Penstock.Runtime;
using Penstock.Server.Door;
using Penstock.Telemetry;

namespace Penstock.Server;

/// <summary>The gateway as a process: a server with nothing in it but the gateway.</summary>
internal static class GatewayHost
{
    // Beyond the drain, the server needs a moment to close its connections.
    private static readonly TimeSpan TimeToClose = TimeSpan.FromSeconds(5);

    /// <summary>Serves until a signal comes.</summary>
    /// <returns>The exit code: 0 after a drain, 1 when it could not start.</returns>
    public static async Task<int> RunAsync(ConfigLoader loader, GatewayConfig config, CancellationToken cancellationToken)
    {
        InlineSocketCompletions();
        if (!TryLoadCertificate(config.Server, out var certificate, out var problem))
        {
            await Console.Error.WriteLineAsync($"penstock: {problem}".AsMemory(), cancellationToken);
            return 1;
        }

        using var log = new LogSink(Console.OpenStandardOutput());
        await using var app = Create(loader, config, log, certificate);
        using var export = OpenTelemetryExport.Start();
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // Kestrel's own exception names the address, which is in use; the system's (not ours, not allowed) does not.
            var where = e is SocketException ? $"Failed to bind to {AddressesOf(config.Server)}: " : "";
            await Console.Error.WriteLineAsync($"penstock: {where}{e.Message}".AsMemory(), cancellationToken);
            return 1;
        }

        using var reload = ReloadOnHangup(app.Services.GetRequiredService<GatewayRuntime>());
        StartupReport.Write(config, app.Urls, log, app.Logger);
        await app.WaitForShutdownAsync(cancellationToken);
        return 0;
    }

    // What a socket has to say is dealt with on the thread that heard it, instead of being handed to another one: half of
    // a request's CPU time was threads waking each other. And one such thread for two processors, not for each: a thread
    // with more to do sleeps less (docs/adr/0005). Nothing in the gateway blocks, so nothing is held up by it. The
    // runtime reads the variables before its first socket; who has set them knows better.
    private static void InlineSocketCompletions()
    {
        SetDefault("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", 1);
        SetDefault("DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT", Math.Max(1, Environment.ProcessorCount / 2));
    }

    private static void SetDefault(string variable, int value)
    {
        if (Environment.GetEnvironmentVariable(variable) is null)
            Environment.SetEnvironmentVariable(variable, value.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The application, not started.</summary>
    /// <param name="loader">Reads the configuration again.</param>
    /// <param name="config">What it read.</param>
    /// <param name="log">Where the log goes.</param>
    /// <param name="certificate">What <c>server.tls</c> names; null: no TLS.</param>
    /// <param name="configure">Puts other services in the place of the gateway's, for tests.</param>
    public static WebApplication Create(
        ConfigLoader loader, GatewayConfig config, LogSink log, ServerCertificate? certificate = null, Action<IServiceCollection>? configure = null)
    {
        KestrelLimits.RefuseBareLineFeeds();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "penstock" });
        builder.Logging.SetMinimumLevel(config.Log.Level);
        // A request's life is the access log's; the server's own lines on it would tell it twice.
        builder.Logging.AddFilter("Microsoft", config.Log.Level < LogLevel.Warning ? LogLevel.Warning : config.Log.Level);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        // That it could not start is said on standard error, in a sentence; the host would add the exception's stack.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.Critical);
        builder.Services.AddSingleton<ILoggerProvider>(new SinkLoggerProvider(log, config.Log.Format, TimeProvider.System));
        builder.Services.AddPenstock(loader, config, log);
        builder.Services.AddSingleton(new Doors(hasAdminPort: config.Server.AdminPort is not null));
        if (certificate is not null)
        {
            builder.Services.AddSingleton(certificate);
            builder.Services.AddHostedService<CertificateWatcher>();
        }

        configure?.Invoke(builder.Services);
        builder.Services.Configure<ConsoleLifetimeOptions>(o => o.SuppressStatusMessages = true);
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = config.Server.DrainTimeout + DrainService.Grace + TimeToClose);
        builder.WebHost.UseKestrelCore();
        // The other half of InlineSocketCompletions.
        builder.WebHost.UseSockets(sockets =>
        {
            sockets.UnsafePreferInlineScheduling = true;
            // A buffer of 4 KiB for each idle connection, for a system call less a request.
            sockets.WaitForDataBeforeAllocatingBuffer = false;
        });
        if (certificate is not null) builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            KestrelLimits.Apply(kestrel.Limits, config.Server.Limits);
            Listeners.Open(kestrel, config.Server, certificate);
        });

        var app = builder.Build();
        app.MapPenstock();
        app.MapPenstockFallback();
        return app;
    }

    /// <summary>Reads the certificate, where there is to be TLS.</summary>
    /// <returns>False, with the reason, where there is to be one and it cannot be used.</returns>
    public static bool TryLoadCertificate(ServerConfig server, out ServerCertificate? certificate, [NotNullWhen(false)] out string? problem)
    {
        (certificate, problem) = (null, null);
        return server.Tls is null || ServerCertificate.TryLoad(server.Tls, out certificate, out problem);
    }

    private static string AddressesOf(ServerConfig server)
    {
        var addresses = $"{server.Host}, port {server.Port}";
        if (server.H2cPort is { } h2c) addresses += $" or {h2c}";
        return server.AdminPort is { } admin ? $"{addresses}, or {server.AdminHost ?? server.Host}, port {admin}" : addresses;
    }

    private static PosixSignalRegistration? ReloadOnHangup(GatewayRuntime runtime) => OperatingSystem.IsWindows() ? null
        : PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            runtime.TryReload();
        });
}
