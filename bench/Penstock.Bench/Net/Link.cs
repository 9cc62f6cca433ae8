using System.Net.Sockets;

namespace Penstock.Bench.Net;

/// <summary>A non-blocking socket on the loop. What the kernel does not take at once is sent when it can.</summary>
internal abstract class Link(EventLoop loop)
{
    private Socket? _socket;
    private int _slot;
    private ReadOnlyMemory<byte> _pending;
    private bool _watchesWrites;

    protected EventLoop Loop { get; } = loop;

    public bool IsOpen => _socket is not null;

    /// <summary>Something given to <see cref="Send"/> is still on its way; nothing more may be sent meanwhile.</summary>
    protected bool IsSending => !_pending.IsEmpty;

    protected Socket Socket => _socket ?? throw new InvalidOperationException("The link is closed");

    public void OnReady(bool readable, bool writable)
    {
        if (writable && IsSending)
            Flush();
        if (readable && _socket is not null)
            OnReadable();
    }

    public void Close()
    {
        if (_socket is null)
            return;
        Loop.Forget(_slot);
        _socket.Dispose();
        _socket = null;
        _pending = default;
        _watchesWrites = false;
    }

    protected void Attach(Socket socket)
    {
        socket.Blocking = false;
        _socket = socket;
        _slot = Loop.Add(socket, this);
    }

    protected void Send(ReadOnlyMemory<byte> bytes)
    {
        if (IsSending)
            throw new InvalidOperationException("The last send is not done");
        _pending = bytes;
        Flush();
        if (IsSending)
            WatchWrites(true);
    }

    /// <summary>Reads what is there, once: the loop reports again when there is more.</summary>
    /// <returns>How many bytes the loop's buffer now holds; 0 when there is nothing yet; -1 when the peer left.</returns>
    protected int Receive()
    {
        var count = Socket.Receive(Loop.ReadBuffer, SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock)
            return 0;
        return error == SocketError.Success && count > 0 ? count : -1;
    }

    protected abstract void OnReadable();

    /// <summary>A send found the connection broken.</summary>
    protected abstract void OnBroken();

    private void Flush()
    {
        while (!_pending.IsEmpty)
        {
            var count = Socket.Send(_pending.Span, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
                return;
            if (error != SocketError.Success)
            {
                _pending = default;
                OnBroken();
                return;
            }

            _pending = _pending[count..];
        }

        if (_watchesWrites)
            WatchWrites(false);
    }

    private void WatchWrites(bool on)
    {
        _watchesWrites = on;
        Loop.WatchWrites(Socket, _slot, on);
    }
}
