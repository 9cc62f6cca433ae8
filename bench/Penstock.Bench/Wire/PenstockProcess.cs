using System.Diagnostics;
using Penstock.Bench.Processes;

namespace Penstock.Bench.Wire;

/// <summary>A gateway or a mock server: a process of its own, in a folder of its own, that ends with this object.</summary>
internal sealed class PenstockProcess : IAsyncDisposable
{
    private const string Announcement = "listens on ";

    private static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopsWithin = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly DirectoryInfo _directory;
    private readonly TaskCompletionSource<Uri> _url = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private PenstockProcess(Process process, DirectoryInfo directory) => (_process, _directory) = (process, directory);

    /// <summary>Where it listens.</summary>
    public Uri Url { get; private set; } = null!;

    /// <param name="executable">A penstock executable, or a .dll to be run by <c>dotnet</c>.</param>
    /// <param name="arguments">The command; none: the gateway.</param>
    /// <param name="yaml">Its configuration; null: none.</param>
    /// <param name="stopping">Ends the wait for it, and then itself.</param>
    /// <exception cref="UsageException">It did not come up.</exception>
    public static async Task<PenstockProcess> StartAsync(string executable, IReadOnlyList<string> arguments, string? yaml, CancellationToken stopping)
    {
        var directory = Directory.CreateTempSubdirectory("penstock-wire-");
        if (yaml is not null) await File.WriteAllTextAsync(Path.Combine(directory.FullName, "config.yaml"), yaml, stopping);
        var process = Process.Start(StartInfo(executable, arguments, directory.FullName)) ?? throw new UsageException($"{executable} did not start");
        var started = new PenstockProcess(process, directory);
        try
        {
            started.Listen();
            started.Url = await started._url.Task.WaitAsync(StartsWithin, stopping);
            return started;
        }
        catch (Exception e)
        {
            await started.DisposeAsync();
            if (e is TimeoutException) throw new UsageException($"{executable} {string.Join(' ', arguments)} did not come up");
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Unix.Terminate(_process.Id);
            try
            {
                await _process.WaitForExitAsync().WaitAsync(StopsWithin);
            }
            catch (TimeoutException)
            {
                _process.Kill();
                await _process.WaitForExitAsync();
            }
        }

        _process.Dispose();
        _directory.Delete(recursive: true);
    }

    private static ProcessStartInfo StartInfo(string executable, IReadOnlyList<string> arguments, string directory)
    {
        var isLibrary = executable.EndsWith(".dll", StringComparison.OrdinalIgnoreCase);
        var info = new ProcessStartInfo(isLibrary ? "dotnet" : executable)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
        };
        if (isLibrary) info.ArgumentList.Add(executable);
        foreach (var argument in arguments) info.ArgumentList.Add(argument);
        foreach (var name in (string[])["BACKEND_URL", "CONFIG_FILE", "API_KEY", "AUTHORIZATION", "OTEL_EXPORTER_OTLP_ENDPOINT", "LOG_LEVEL", "LOG_FORMAT"])
            info.Environment.Remove(name);
        info.Environment["HOST"] = "127.0.0.1";
        info.Environment["PORT"] = "0";
        return info;
    }

    // Of what it prints only this counts; but somebody must read the rest, or it stops there.
    private void Listen()
    {
        _process.EnableRaisingEvents = true;
        _process.Exited += (_, _) => _url.TrySetException(new UsageException("a server ended as soon as it was started: see what it printed above"));
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is not { } text || text.IndexOf(Announcement, StringComparison.Ordinal) is not (>= 0 and var at)) return;
            var url = text[(at + Announcement.Length)..].Split([' ', ',', '"'], 2)[0];
            if (Uri.TryCreate(url, UriKind.Absolute, out var parsed)) _url.TrySetResult(parsed);
        };
        _process.BeginOutputReadLine();
    }
}
