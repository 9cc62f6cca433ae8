using System.Net;
using System.Net.Sockets;

namespace Penstock.Bench.Net;

/// <summary>Accepts on loopback, and nowhere else.</summary>
internal sealed class Listener : Link
{
    private readonly Action<Socket> _accepted;

    public Listener(EventLoop loop, int port, Action<Socket> accepted)
        : base(loop)
    {
        _accepted = accepted;
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        socket.Listen(4096);
        Attach(socket);
    }

    protected override void OnReadable()
    {
        try
        {
            // One a wake-up: the loop is level-triggered and reports the next one by itself.
            var socket = Socket.Accept();
            socket.NoDelay = true;
            _accepted(socket);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.ConnectionAborted)
        {
            // The caller left between the readiness and the accept.
        }
    }

    protected override void OnBroken()
    {
    }
}
