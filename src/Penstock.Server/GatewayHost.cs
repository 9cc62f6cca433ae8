using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Penstock.Configuration;
using Penstock.Runtime;
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
        using var log = new LogSink(Console.OpenStandardOutput());
        await using var app = Create(loader, config, log);
        using var export = OpenTelemetryExport.Start();
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // Kestrel's own exception names the address, which is in use; the system's (not ours, not allowed) does not.
            var where = e is SocketException ? $"Failed to bind to {config.Server.Host}, port {config.Server.Port}: " : "";
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
    /// <param name="configure">Puts other services in the place of the gateway's, for tests.</param>
    public static WebApplication Create(ConfigLoader loader, GatewayConfig config, LogSink log, Action<IServiceCollection>? configure = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "penstock" });
        builder.Logging.SetMinimumLevel(config.Log.Level);
        // A request's life is the access log's; the server's own lines on it would tell it twice.
        builder.Logging.AddFilter("Microsoft", config.Log.Level < LogLevel.Warning ? LogLevel.Warning : config.Log.Level);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        // That it could not start is said on standard error, in a sentence; the host would add the exception's stack.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.Critical);
        builder.Services.AddSingleton<ILoggerProvider>(new SinkLoggerProvider(log, config.Log.Format, TimeProvider.System));
        builder.Services.AddPenstock(loader, config, log);
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
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, config.Server));

        var app = builder.Build();
        app.MapPenstock();
        app.MapPenstockFallback();
        return app;
    }

    private static void Configure(KestrelServerOptions kestrel, ServerConfig server)
    {
        kestrel.AddServerHeader = false;
        // The gateway's own limit on bodies answers in OpenAI's shape.
        kestrel.Limits.MaxRequestBodySize = null;
        // A reader may pause: a minute, as with nginx's send_timeout, rather than the default of five seconds.
        kestrel.Limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(60));
        if (IPAddress.TryParse(server.Host.Trim('[', ']'), out var address)) kestrel.Listen(address, server.Port);
        // Of a port that is picked there is one, so that localhost is one address then.
        else if (server.Port == 0) kestrel.Listen(IPAddress.Loopback, 0);
        else kestrel.ListenLocalhost(server.Port);
    }

    private static PosixSignalRegistration? ReloadOnHangup(GatewayRuntime runtime) => OperatingSystem.IsWindows() ? null
        : PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            runtime.TryReload();
        });
}
