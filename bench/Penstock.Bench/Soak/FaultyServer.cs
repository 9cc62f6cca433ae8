using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Penstock.Bench.Soak;

/// <summary>An OpenAI-compatible server on 127.0.0.1 that says 60 words, and does to requests what its plan says.</summary>
internal sealed class FaultyServer : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<Task, byte> _links = new();
    private readonly FaultPlan? _plan;
    private readonly Task _accepting;
    private long _served;

    /// <param name="plan">Null: a server without faults.</param>
    public FaultyServer(FaultPlan? plan)
    {
        _plan = plan;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(1024);
        Url = $"http://{_listener.LocalEndPoint}";
        _accepting = AcceptAsync();
    }

    public string Url { get; }

    /// <summary>How often each fault was done, by its number; all zero for a server without faults.</summary>
    public IReadOnlyList<long> Injected => _plan?.Injected ?? new long[(int)SoakFault.WithoutDone + 1];

    /// <summary>Completions that were asked for, with the failed ones.</summary>
    public long Served => Interlocked.Read(ref _served);

    /// <summary>What is to become of a completion that was just asked for.</summary>
    public SoakFault Next(int request)
    {
        Interlocked.Increment(ref _served);
        return _plan?.Next(request) ?? SoakFault.None;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_links.Keys);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync(_stopping.Token);
                socket.NoDelay = true;
                var link = new FaultyLink(this, socket).RunAsync(_stopping.Token);
                _links[link] = 0;
                _ = link.ContinueWith(ended => _links.TryRemove(ended, out _), TaskScheduler.Default);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The run is over.
        }
    }
}
