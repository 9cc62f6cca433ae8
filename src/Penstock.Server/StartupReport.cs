using System.Net;
using System.Text;
using Penstock.Configuration;
using Penstock.Telemetry;

namespace Penstock.Server;

/// <summary>What is printed at start: where it listens, in which mode, with which backends, and a command to try.</summary>
internal static partial class StartupReport
{
    public static void Write(GatewayConfig config, ICollection<string> urls, LogSink log, ILogger logger)
    {
        var lines = Lines(config, urls);
        if (config.Log.Format == LogFormat.Json)
        {
            foreach (var line in lines) Log.Report(logger, line);
        }
        else
        {
            log.Write(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));
        }

        if (IsExposed(config)) Log.Exposed(logger, config.Server.Host);
    }

    private static List<string> Lines(GatewayConfig config, ICollection<string> urls)
    {
        var mode = config.IsEchoMode
            ? "echo (no backend is configured: set BACKEND_URL, or write a config.yaml)"
            : config.DefaultBackend is null ? "routing by model" : $"routing by model, else to '{config.DefaultBackend}'";
        // The callers' port, under a name that works on this machine.
        var address = new Uri(urls.First().Replace("[::]", "localhost", StringComparison.Ordinal));
        var key = config.IsOpen ? "" : " -H 'Authorization: Bearer <key>'";
        var names = config.Models.Select(m => m.Name).Concat(config.Backends[0].Models).Append(config.Backends[0].Name);
        var model = config.IsEchoMode ? "echo" : names.First(name => !name.Contains('*', StringComparison.Ordinal));
        List<string> lines =
        [
            $"Penstock {PenstockTelemetry.Version} listens on {string.Join(", ", urls)}",
            $"Mode: {mode}",
            $"Backends: {string.Join(", ", config.Backends.Select(b => b.Url is null ? $"{b.Name} ({b.Type})" : $"{b.Name} ({b.Url.AbsoluteUri.TrimEnd('/')})"))}",
            $"Configuration: {config.File ?? "environment and defaults, no file"}",
            $"Try: curl {(config.Server.Tls is null ? "" : "-k ")}{address.Scheme}://localhost:{address.Port}/v1/chat/completions{key} -H 'Content-Type: application/json' -d '{{\"model\":\"{model}\",\"messages\":[{{\"role\":\"user\",\"content\":\"hello\"}}]}}'",
        ];
        if (config.Server.AdminPort is not null) lines.Insert(1, $"Administration: {urls.Last()}/admin");
        return lines;
    }

    // Somebody's GPU, for everyone who can reach this address.
    private static bool IsExposed(GatewayConfig config)
    {
        if (!config.IsOpen || config.Backends.All(b => b.Type == BackendReader.Echo)) return false;
        var host = config.Server.Host.Trim('[', ']');
        return host != "localhost" && !(IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Line}")]
        public static partial void Report(ILogger logger, string line);

        [LoggerMessage(2, LogLevel.Warning, "Neither API_KEY nor auth is set, and the gateway listens on {Host}: whoever can reach it can use its backends")]
        public static partial void Exposed(ILogger logger, string host);
    }
}
