using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Penstock.Tests.Tools;

/// <summary>
/// An HTTP/1.1 server of raw sockets on this machine whose answers a test writes byte by byte, so that it can
/// misbehave in ways in which no HTTP library lets a server misbehave.
/// </summary>
/// <remarks>
/// A script that returns keeps the connection alive if it wrote a whole answer; one that wrote nothing, or left a
/// chunked body unfinished, has its connection closed (FIN). One that throws has it reset (see <see cref="ScriptErrors"/>).
/// </remarks>
internal sealed class ScriptedUpstream : IAsyncDisposable
{
    private static readonly string[] EnginePaths = ["/metrics", "/props", "/slots", "/api/version", "/api/ps"];

    private readonly Socket _listener;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<int, (ScriptedConnection Connection, Task Running)> _connections = new();
    private readonly ConcurrentQueue<Func<ScriptedExchange, Task>> _queue = new();
    private readonly Recorded<ScriptedRequest> _requests = new();
    private readonly Recorded<ScriptedRequest> _gets = new();
    private readonly Recorded<ScriptedRequest> _probes = new();
    private readonly Recorded<ScriptedRequest> _questions = new();
    private readonly Recorded<Exception> _errors = new();
    private readonly long _started = TimeProvider.System.GetTimestamp();
    private readonly Task _accepting;
    private int _total;
    private int _closed;
    private int _aborted;

    private ScriptedUpstream(Func<ScriptedExchange, Task>? script, IPAddress address, int port)
    {
        Script = script ?? Scripts.Chat("Hello from upstream");
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(address, port));
        _listener.Listen(1024);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        Url = $"http://{address}:{Port}";
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Like <c>http://127.0.0.1:40000</c>, without a slash at the end.</summary>
    public string Url { get; }

    /// <summary>Answers what is not a GET or HEAD, once the queue is empty.</summary>
    public Func<ScriptedExchange, Task> Script { get; set; }

    /// <summary>Answers GET and HEAD: model lists, mostly.</summary>
    public Func<ScriptedExchange, Task> GetScript { get; set; } = Scripts.Models("upstream-model");

    /// <summary>Answers <c>GET /health</c>: health probes, which come whenever the gateway likes, by connections of their own.</summary>
    public Func<ScriptedExchange, Task> HealthScript { get; set; } = Scripts.Json(200, """{"status":"ok"}""");

    /// <summary>Answers what the gateway asks a server about itself, whenever it likes, by connections of their own: nothing of the kind, by default.</summary>
    public Func<ScriptedExchange, Task> EngineScript { get; set; } = Scripts.Error(404);

    /// <summary>False: scripts run as soon as the headers are there, with an empty body, and the connection ends with them.</summary>
    public bool ReadsBody { get; set; } = true;

    /// <summary>The kernel's send buffer, for tests of backpressure; null leaves it growing by itself.</summary>
    public int? SendBufferBytes { get; set; }

    /// <summary>True: a connection is reset as soon as it is accepted.</summary>
    public bool ResetsOnAccept { get; set; }

    /// <summary>A gate that scripts wait at, and that the test opens.</summary>
    public TaskCompletionSource Released { get; private set; } = NewGate();

    /// <summary>Whole requests in the order in which they came, but for GET and HEAD.</summary>
    public IReadOnlyList<ScriptedRequest> Requests => _requests.Snapshot();

    /// <summary>GET and HEAD requests, but for <c>/health</c> and questions about the server itself.</summary>
    public IReadOnlyList<ScriptedRequest> Gets => _gets.Snapshot();

    /// <summary>Requests for <c>/health</c>.</summary>
    public IReadOnlyList<ScriptedRequest> Probes => _probes.Snapshot();

    /// <summary>Requests for what a server says of itself: <c>/metrics</c>, <c>/props</c>, <c>/slots</c>, <c>/api/…</c></summary>
    public IReadOnlyList<ScriptedRequest> Questions => _questions.Snapshot();

    /// <summary>What scripts threw (a failed assertion in one is here), and requests that are not HTTP.</summary>
    public IReadOnlyList<Exception> ScriptErrors => _errors.Snapshot();

    /// <summary>Connections accepted so far.</summary>
    public int TotalConnections => Volatile.Read(ref _total);

    /// <summary>Connections that neither side has closed yet, idle ones included.</summary>
    public int OpenConnections => Volatile.Read(ref _total) - Volatile.Read(ref _closed);

    /// <summary>Connections that the client closed or reset within a request or before its whole answer was written.</summary>
    public int AbortedConnections => Volatile.Read(ref _aborted);

    /// <summary>Starts one.</summary>
    /// <param name="script">Answers its requests; null: a short chat completion.</param>
    /// <param name="address">An address of 127.0.0.0/8, all of which Linux has; null: 127.0.0.1.</param>
    /// <param name="port">The port; 0: any that is free.</param>
    public static ScriptedUpstream Start(Func<ScriptedExchange, Task>? script = null, IPAddress? address = null, int port = 0) =>
        new(script, address ?? IPAddress.Loopback, port);

    /// <summary>An address on which nothing listens, so that connecting is refused.</summary>
    public static string RefusingUrl()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return $"http://127.0.0.1:{((IPEndPoint)socket.LocalEndPoint!).Port}";
    }

    /// <summary>Answers the next requests by these, one each, before <see cref="Script"/> has its turn.</summary>
    public void Enqueue(params ReadOnlySpan<Func<ScriptedExchange, Task>> scripts)
    {
        foreach (var script in scripts)
            _queue.Enqueue(script);
    }

    /// <summary>Opens the gate.</summary>
    public void Release() => Released.TrySetResult();

    /// <summary>Puts a new, closed gate in the place of the open one.</summary>
    public void CloseGate() => Released = NewGate();

    /// <summary>Waits until the request with this number (from 1; GET and HEAD do not count) is there whole.</summary>
    public Task<ScriptedRequest> WaitForRequestAsync(int number = 1, TimeSpan? timeout = null) =>
        _requests.NumberAsync(number, $"request number {number}", timeout);

    public Task<ScriptedRequest> WaitForGetAsync(int number = 1, TimeSpan? timeout = null) =>
        _gets.NumberAsync(number, $"GET number {number}", timeout);

    public Task<ScriptedRequest> WaitForProbeAsync(int number = 1, TimeSpan? timeout = null) =>
        _probes.NumberAsync(number, $"probe number {number}", timeout);

    public Task<ScriptedRequest> WaitForQuestionAsync(int number = 1, TimeSpan? timeout = null) =>
        _questions.NumberAsync(number, $"question number {number}", timeout);

    public Task WaitForAbortedAsync(int count = 1, TimeSpan? timeout = null) =>
        Patience.UntilAsync(() => AbortedConnections >= count, $"{count} connection(s) aborted by the client", timeout);

    public Task WaitForOpenConnectionsAsync(int count, TimeSpan? timeout = null) =>
        Patience.UntilAsync(() => OpenConnections == count, $"{count} connection(s) open", timeout);

    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
            return;
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        Released.TrySetCanceled();
        var running = new List<Task>();
        foreach (var (connection, task) in _connections.Values)
        {
            running.Add(task);
            connection.Reset();
        }

        // A script that waits for something of its own must not hang the test that is over.
        await Task.WhenAny(Task.WhenAll(running), Task.Delay(TimeSpan.FromSeconds(10)));
        _stopping.Dispose();
    }

    internal Func<ScriptedExchange, Task> Record(ScriptedRequest request)
    {
        if (request.Method == "GET" && request.Target.EndsWith("/health", StringComparison.Ordinal))
        {
            _probes.Add(request);
            return HealthScript;
        }

        if (request.Method == "GET" && EnginePaths.Any(path => request.Target.EndsWith(path, StringComparison.Ordinal)))
        {
            _questions.Add(request);
            return EngineScript;
        }

        if (request.Method is "GET" or "HEAD")
        {
            _gets.Add(request);
            return GetScript;
        }

        var script = _queue.TryDequeue(out var queued) ? queued : Script;
        _requests.Add(request);
        return script;
    }

    internal TimeSpan Elapsed => TimeProvider.System.GetElapsedTime(_started);

    internal void CountAbort() => Interlocked.Increment(ref _aborted);

    internal void Failed(Exception exception)
    {
        if (!_stopping.IsCancellationRequested)
            _errors.Add(exception);
    }

    private static TaskCompletionSource NewGate() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync(_stopping.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }

            var number = Interlocked.Increment(ref _total);
            socket.NoDelay = true;
            if (SendBufferBytes is { } bytes)
                socket.SendBufferSize = bytes;
            var connection = new ScriptedConnection(this, socket, number);
            if (ResetsOnAccept)
            {
                connection.Reset();
                connection.Dispose();
                Interlocked.Increment(ref _closed);
                continue;
            }

            // The entry stands before the connection runs, so that its own removal finds it.
            var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _connections[number] = (connection, RunAsync(connection, number, go.Task));
            go.SetResult();
        }
    }

    private async Task RunAsync(ScriptedConnection connection, int number, Task go)
    {
        await go;
        try
        {
            await connection.RunAsync();
        }
        catch (Exception e)
        {
            Failed(e);
        }
        finally
        {
            connection.Dispose();
            Interlocked.Increment(ref _closed);
            _connections.TryRemove(number, out _);
        }
    }
}
