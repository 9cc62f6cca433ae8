using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Penstock.Tests.Tools;

/// <summary>A PostgreSQL server of a test's own, in a temporary folder and on a port of this machine.</summary>
internal sealed class PostgresCluster : IAsyncDisposable
{
    private const string User = "penstock";

    // The server refuses to be root's.
    private const string ServerUser = "postgres";

    private readonly string _directory;
    private readonly int _port;
    private Process? _server;
    private int _databases;

    private PostgresCluster(string directory, int port)
    {
        _directory = directory;
        _port = port;
    }

    private string Data => Path.Combine(_directory, "data");

    private static bool IsRoot => Environment.UserName == "root";

    /// <summary>Makes one and starts it; a port that somebody else took meanwhile is exchanged for another.</summary>
    public static async Task<PostgresCluster> StartAsync()
    {
        var directory = Directory.CreateTempSubdirectory("penstock-postgres-").FullName;
        if (IsRoot) await RunAsync("chown", ServerUser, directory);
        var cluster = new PostgresCluster(directory, FreePort());
        await RunAsServerAsync("initdb", "-D", cluster.Data, "-U", User, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync");
        await cluster.StartServerAsync();
        return cluster;
    }

    /// <summary>Makes an empty database.</summary>
    /// <returns>Its address, as <c>store</c> takes it.</returns>
    public async Task<string> NewDatabaseAsync()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"test{Interlocked.Increment(ref _databases)}");
        await using var connection = new NpgsqlConnection(Settings("postgres"));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"create database {name}", connection);
        await command.ExecuteNonQueryAsync();
        return $"postgres://{User}@127.0.0.1:{_port}/{name}?sslmode=disable";
    }

    /// <summary>Stops all of it where it stands: connections stay open, and nothing answers.</summary>
    public void Freeze() => SignalAll(Unix.Stop);

    public void Thaw() => SignalAll(Unix.Continue);

    /// <summary>Ends it as a crash would; what it has committed is on its disk.</summary>
    public async Task KillAsync()
    {
        SignalAll(Unix.Kill);
        await _server!.WaitForExitAsync();
        _server.Dispose();
        _server = null;
        File.Delete(Path.Combine(Data, "postmaster.pid"));
    }

    /// <summary>Starts it where it was before, with what it had.</summary>
    public async Task StartServerAsync()
    {
        _server = Process.Start(AsServer(
            "postgres", "-D", Data, "-p", $"{_port}", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"))!;
        _server.OutputDataReceived += static (_, _) => { };
        _server.ErrorDataReceived += static (_, _) => { };
        _server.BeginOutputReadLine();
        _server.BeginErrorReadLine();
        await Patience.UntilAsync(() => IsUp() || _server.HasExited, "PostgreSQL takes connections");
        if (_server.HasExited) throw new InvalidOperationException($"PostgreSQL exited with code {_server.ExitCode}.");
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            Thaw();
            await KillAsync();
        }

        if (IsRoot) await RunAsync("rm", "-rf", _directory);
        else Directory.Delete(_directory, recursive: true);
    }

    private string Settings(string database) =>
        $"Host=127.0.0.1;Port={_port};Username={User};Database={database};Pooling=false;SslMode=Disable;Timeout=5";

    private bool IsUp()
    {
        try
        {
            using var connection = new NpgsqlConnection(Settings("postgres"));
            connection.Open();
            return true;
        }
        catch (Exception e) when (e is NpgsqlException or SocketException)
        {
            return false;
        }
    }

    // The server first, so that it starts no more processes; each of those has a session of its own.
    private void SignalAll(int signal)
    {
        var server = int.Parse(File.ReadLines(Path.Combine(Data, "postmaster.pid")).First(), CultureInfo.InvariantCulture);
        Unix.Signal(server, signal == Unix.Kill ? Unix.Stop : signal);
        foreach (var child in ChildrenOf(server)) Unix.SignalIfAlive(child, signal);
        if (signal == Unix.Kill) Unix.Signal(server, signal);
    }

    private static IEnumerable<int> ChildrenOf(int parent)
    {
        foreach (var folder in Directory.GetDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var process)) continue;
            string stat;
            try
            {
                stat = File.ReadAllText(Path.Combine(folder, "stat"));
            }
            catch (IOException)
            {
                continue;
            }

            // "123 (name) S 45 …", and a name may have anything in it.
            if (stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1] == parent.ToString(CultureInfo.InvariantCulture)) yield return process;
        }
    }

    private static Task RunAsServerAsync(string program, params string[] arguments) => RunAsync(AsServer(program, arguments));

    private static Task RunAsync(string program, params string[] arguments) => RunAsync(new ProcessStartInfo(program, arguments)
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    });

    private static async Task RunAsync(ProcessStartInfo info)
    {
        using var process = Process.Start(info)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{info.FileName} exited with code {process.ExitCode}:\n{await output}{errors}");
    }

    private static ProcessStartInfo AsServer(string program, params string[] arguments)
    {
        var path = Path.Combine(PostgresBinaries.Folder!, program);
        var info = IsRoot
            ? new ProcessStartInfo("setpriv", ["--reuid", ServerUser, "--regid", ServerUser, "--clear-groups", path, .. arguments])
            : new ProcessStartInfo(path, arguments);
        info.WorkingDirectory = Path.GetTempPath();
        info.RedirectStandardOutput = true;
        info.RedirectStandardError = true;
        info.Environment["LC_ALL"] = "C";
        return info;
    }

    // Below those that the system hands out for outgoing connections, so that nobody has it by chance after a restart.
    private static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(20_000, 32_000);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Somebody else's.
            }
        }
    }
}
