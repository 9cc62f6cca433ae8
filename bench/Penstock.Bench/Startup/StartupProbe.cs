using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Penstock.Bench.Http;

namespace Penstock.Bench.Startup;

/// <summary>One start of the gateway, from exec to its first answer.</summary>
internal static class StartupProbe
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <param name="path">The executable, or a .dll to be run by <c>dotnet</c>.</param>
    /// <param name="chat">Ask for a chat completion, instead of the health.</param>
    public static async Task<TimeSpan> RunAsync(string path, bool chat)
    {
        var port = FreePort();
        var target = new Target($"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}");
        var request = chat ? target.ChatRequest(256, streamed: false, key: null) : target.GetRequest("/healthz");
        var directory = Directory.CreateTempSubdirectory("penstock-startup-");
        try
        {
            var started = Stopwatch.GetTimestamp();
            using var process = Process.Start(StartInfo(path, port, directory.FullName))
                ?? throw new InvalidOperationException($"{path} did not start");
            try
            {
                // Nobody reads what it prints; it must not stop because of that.
                process.OutputDataReceived += static (_, _) => { };
                process.BeginOutputReadLine();
                while (!Ask(target, request, chat))
                {
                    if (process.HasExited || Stopwatch.GetElapsedTime(started) > Patience)
                        throw new UsageException($"{path} did not answer");
                    // Not a tight loop: on two cores that would slow down what it waits for.
                    Thread.Sleep(TimeSpan.FromMicroseconds(500));
                }

                return Stopwatch.GetElapsedTime(started);
            }
            finally
            {
                process.Kill();
                await process.WaitForExitAsync();
            }
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    /// <summary>In an empty directory and without a backend, so that no configuration lying about changes what is measured.</summary>
    private static ProcessStartInfo StartInfo(string path, int port, string directory)
    {
        var isLibrary = path.EndsWith(".dll", StringComparison.OrdinalIgnoreCase);
        var info = new ProcessStartInfo(isLibrary ? "dotnet" : path)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
        };
        if (isLibrary)
            info.ArgumentList.Add(path);
        foreach (var name in new[] { "BACKEND_URL", "CONFIG_FILE", "API_KEY", "AUTHORIZATION" })
            info.Environment.Remove(name);
        info.Environment["HOST"] = "127.0.0.1";
        info.Environment["PORT"] = port.ToString(CultureInfo.InvariantCulture);
        return info;
    }

    private static bool Ask(Target target, byte[] request, bool chat)
    {
        try
        {
            using var socket = target.Connect();
            socket.ReceiveTimeout = (int)Patience.TotalMilliseconds;
            socket.Send(request);
            IAnswer answer = chat ? new JsonAnswer() : new AnyAnswer();
            var reader = new ResponseReader(answer);
            var buffer = new byte[8192];
            while (!reader.IsDone)
            {
                var count = socket.Receive(buffer);
                if (count == 0)
                    return false;
                if (reader.Feed(buffer.AsSpan(0, count)) is { } problem)
                    throw new UsageException(problem);
            }

            return reader.Verdict() is { } wrong ? throw new UsageException(wrong) : true;
        }
        catch (SocketException)
        {
            return false; // Not listening yet.
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
