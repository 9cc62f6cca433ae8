using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Penstock.Bench.Processes;

namespace Penstock.Bench.Soak;

/// <summary>The gateway under test: a process of its own, in a folder of its own, with its access log thrown away.</summary>
internal sealed class SoakGateway : IAsyncDisposable
{
    private static readonly TimeSpan StopsWithin = TimeSpan.FromSeconds(45);

    private readonly Process _process;
    private readonly DirectoryInfo _directory;

    private SoakGateway(Process process, DirectoryInfo directory, int port)
    {
        _process = process;
        _directory = directory;
        Client = new HttpClient(new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20) })
        {
            BaseAddress = new Uri($"http://127.0.0.1:{port}"),
            // Each call has a patience of its own.
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public HttpClient Client { get; }

    public int ProcessId => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <exception cref="UsageException">It did not come up.</exception>
    public static async Task<SoakGateway> StartAsync(string executable, string yaml)
    {
        var directory = Directory.CreateTempSubdirectory("penstock-soak-");
        var port = FreePort();
        await File.WriteAllTextAsync(Path.Combine(directory.FullName, "config.yaml"), yaml);
        var process = Process.Start(StartInfo(executable, port, directory.FullName))
            ?? throw new UsageException($"{executable} did not start");
        var gateway = new SoakGateway(process, directory, port);
        // Nobody reads what it prints; it must not stop because of that.
        process.OutputDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        try
        {
            await gateway.WaitUntilUpAsync();
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    /// <summary>Requests that it believes to be in flight, its callers' and those at its backends together.</summary>
    public async Task<long> InFlightAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Accept.ParseAdd("text/plain");
        using var response = await Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return text.Split('\n')
            .Where(line => line.StartsWith("penstock_in_flight_requests ", StringComparison.Ordinal)
                || line.StartsWith("penstock_backend_in_flight_requests{", StringComparison.Ordinal))
            .Sum(line => long.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    /// <summary>Asks it to stop.</summary>
    /// <returns>Its exit code; null where it had to be killed.</returns>
    public async Task<int?> StopAsync()
    {
        Unix.Terminate(_process.Id);
        using var patience = new CancellationTokenSource(StopsWithin);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
            return _process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _directory.Delete(recursive: true);
    }

    private static ProcessStartInfo StartInfo(string executable, int port, string directory)
    {
        var isLibrary = executable.EndsWith(".dll", StringComparison.OrdinalIgnoreCase);
        var info = new ProcessStartInfo(isLibrary ? "dotnet" : executable)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
        };
        if (isLibrary)
            info.ArgumentList.Add(executable);
        foreach (var name in new[] { "BACKEND_URL", "CONFIG_FILE", "API_KEY", "AUTHORIZATION", "OTEL_EXPORTER_OTLP_ENDPOINT", "LOG_LEVEL", "LOG_FORMAT" })
            info.Environment.Remove(name);
        info.Environment["HOST"] = "127.0.0.1";
        info.Environment["PORT"] = $"{port}";
        return info;
    }

    private async Task WaitUntilUpAsync()
    {
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(30);)
        {
            if (_process.HasExited)
                throw new UsageException($"the gateway exited with {_process.ExitCode}: see what it printed above");
            try
            {
                using var response = await Client.GetAsync("/healthz");
                if (response.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(50);
        }

        throw new UsageException("the gateway did not come up");
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
