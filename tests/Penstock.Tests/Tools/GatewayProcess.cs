using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace Penstock.Tests.Tools;

/// <summary>The executable as an operator starts it: a process, its signals, its output and its exit code.</summary>
internal sealed partial class GatewayProcess : IAsyncDisposable
{
    // What the gateway or its libraries would read, and this process may have.
    private static readonly string[] Foreign =
    [
        "PORT", "HOST", "BACKEND_URL", "CONFIG_FILE", "API_KEY", "AUTHORIZATION", "LOG_LEVEL", "LOG_FORMAT", "MOCK_PORT",
        "ADMIN_KEY", "ADMIN_PORT", "ADMIN_HOST", "H2C_PORT", "TLS_CERTIFICATE", "TLS_KEY",
        "STORE",
    ];

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly Task _reading;
    private Uri? _url;
    private HttpClient? _client;

    private GatewayProcess(Process process, string directory, bool isRead)
    {
        _process = process;
        Directory = directory;
        _reading = Task.WhenAll(isRead ? ReadAsync(process.StandardOutput, _output) : Task.CompletedTask, ReadAsync(process.StandardError, _errors));
    }

    /// <summary>The working directory.</summary>
    public string Directory { get; }

    /// <summary>What was printed so far.</summary>
    public string Output => TextOf(_output);

    public string Errors => TextOf(_errors);

    public IReadOnlyList<string> Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Where it listens, as it says itself.</summary>
    public Uri Url => _url ?? throw new InvalidOperationException("The gateway has not said where it listens.");

    public HttpClient Client => _client ??= new HttpClient { BaseAddress = Url, Timeout = TimeSpan.FromSeconds(60) };

    public bool HasExited => _process.HasExited;

    /// <summary>Starts it, and waits for nothing.</summary>
    public static async Task<GatewayProcess> LaunchAsync(GatewayStart start)
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("penstock-process-").FullName;
        foreach (var (name, text) in start.Files) await File.WriteAllTextAsync(Path.Combine(directory, name), text);
        var process = Process.Start(InfoFor(start, directory)) ?? throw new InvalidOperationException("The executable did not start.");
        return new GatewayProcess(process, directory, start.IsRead);
    }

    /// <summary>Starts it and waits until it says where it listens.</summary>
    public static async Task<GatewayProcess> ServeAsync(GatewayStart start)
    {
        var gateway = await LaunchAsync(start);
        try
        {
            var line = await gateway.WaitForLineAsync("listens on http");
            gateway._url = new Uri(Address().Match(line).Value);
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it where it cannot say where it listens, and waits until it answers there.</summary>
    public static async Task<GatewayProcess> ServeAsync(GatewayStart start, int port)
    {
        var gateway = await LaunchAsync(start with { Arguments = [.. start.Arguments, "--host", "127.0.0.1", "--port", $"{port}"] });
        gateway._url = new Uri($"http://127.0.0.1:{port}");
        try
        {
            while (!await gateway.IsAnsweringAsync()) Assert.False(gateway.HasExited, $"It exited:\n{gateway.Output}{gateway.Errors}");
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a command that ends by itself.</summary>
    public static async Task<CommandResult> RunAsync(GatewayStart start)
    {
        await using var gateway = await LaunchAsync(start);
        var code = await gateway.WaitForExitAsync();
        return new CommandResult(code, gateway.Output, gateway.Errors, gateway.Directory);
    }

    public Task WriteFileAsync(string name, string text) => File.WriteAllTextAsync(Path.Combine(Directory, name), text);

    /// <summary>Waits for a line on standard output that has <paramref name="text"/> in it.</summary>
    public async Task<string> WaitForLineAsync(string text)
    {
        try
        {
            await Patience.UntilAsync(() => Find(text) is not null || HasExited, $"a line with '{text}'");
            if (HasExited && Find(text) is null) await _reading.WaitAsync(Patience.Default);
            return Find(text) ?? throw new InvalidOperationException($"It exited without saying '{text}'.");
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{e.Message} It said:\n{Output}{Errors}", e);
        }
    }

    public void Terminate() => Unix.Signal(_process.Id, Unix.Terminate);

    /// <summary>Ends it as the kernel does it to whom takes too much memory: SIGKILL.</summary>
    public void Kill() => _process.Kill();

    public void HangUp() => Unix.Signal(_process.Id, Unix.HangUp);

    /// <summary>Stops it where it stands; its connections stay open.</summary>
    public void Freeze() => Unix.Signal(_process.Id, Unix.Stop);

    public void Thaw() => Unix.Signal(_process.Id, Unix.Continue);

    /// <summary>Closes this end of the pipe that it prints to.</summary>
    public void StopReading() => _process.StandardOutput.Close();

    /// <returns>The exit code.</returns>
    public async Task<int> WaitForExitAsync()
    {
        using var patience = new CancellationTokenSource(Patience.Default);
        await _process.WaitForExitAsync(patience.Token);
        await _reading.WaitAsync(Patience.Default);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private static ProcessStartInfo InfoFor(GatewayStart start, string directory)
    {
        var dll = Path.Combine(AppContext.BaseDirectory, "penstock.dll");
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? Tools.Commands.Find("dotnet")
            ?? throw new InvalidOperationException("There is no dotnet on the PATH.");
        var info = start.IsOutputClosed
            ? new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >&-", "sh", host, dll, .. start.Arguments])
            : new ProcessStartInfo(host, [dll, .. start.Arguments]);
        info.WorkingDirectory = directory;
        info.RedirectStandardOutput = true;
        info.RedirectStandardError = true;
        foreach (var name in Foreign) info.Environment.Remove(name);
        foreach (var name in info.Environment.Keys.Where(n => n.StartsWith("OTEL_", StringComparison.Ordinal)).ToList()) info.Environment.Remove(name);
        foreach (var (name, value) in start.Variables) info.Environment[name] = value;
        return info;
    }

    private static async Task ReadAsync(StreamReader reader, StringBuilder text)
    {
        try
        {
            var buffer = new char[4096];
            int count;
            while ((count = await reader.ReadAsync(buffer)) > 0)
            {
                lock (text) text.Append(buffer, 0, count);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The test stopped reading.
        }
    }

    private static string TextOf(StringBuilder text)
    {
        lock (text) return text.ToString();
    }

    // Whole lines only: what is behind the last line end may be half of one.
    private string? Find(string text) =>
        Output.Split('\n')[..^1].FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal));

    private async Task<bool> IsAnsweringAsync()
    {
        try
        {
            using var response = await Client.GetAsync("/healthz");
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            await Task.Delay(20);
            return false;
        }
    }

    [GeneratedRegex("https?://[^\\s,\"]+")]
    private static partial Regex Address();
}
