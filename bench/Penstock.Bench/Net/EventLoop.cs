using System.Buffers.Binary;
using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Penstock.Bench.Net;

/// <summary>
/// One thread, one epoll. The runtime's own asynchronous sockets hop through a thread pool, which on a machine shared
/// with the proxy under test would take the very CPU that is being measured; this costs little more than the calls.
/// </summary>
internal sealed class EventLoop : IDisposable
{
    private const int BatchSize = 256;
    private const int Interrupted = 4; // EINTR

    private readonly int _epoll;
    private readonly byte[] _events = GC.AllocateArray<byte>(BatchSize * Epoll.EventSize, pinned: true);
    private readonly Stack<int> _free = new();
    private Link?[] _links = new Link?[64];
    private int _used;

    public EventLoop()
    {
        _epoll = Epoll.Create(Epoll.CloseOnExec);
        if (_epoll < 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    /// <summary>Every read lands here first: 64 KiB, the most that a loopback read usually brings.</summary>
    public byte[] ReadBuffer { get; } = GC.AllocateUninitializedArray<byte>(64 * 1024, pinned: true);

    /// <summary>Starts to watch for reads. Closing the socket ends it.</summary>
    /// <returns>The slot to name in the other calls.</returns>
    public int Add(Socket socket, Link link)
    {
        if (!_free.TryPop(out var slot))
        {
            slot = _used++;
            if (slot == _links.Length)
                Array.Resize(ref _links, _links.Length * 2);
        }

        _links[slot] = link;
        Control(Epoll.Add, socket, slot, Epoll.In);
        return slot;
    }

    public void WatchWrites(Socket socket, int slot, bool on) =>
        Control(Epoll.Modify, socket, slot, on ? Epoll.In | Epoll.Out : Epoll.In);

    /// <summary>To be called when the socket is closed; an event already fetched for the slot then finds nobody.</summary>
    public void Forget(int slot)
    {
        _links[slot] = null;
        _free.Push(slot);
    }

    /// <summary>Waits for readiness and tells each link once.</summary>
    public void Poll(int timeoutMilliseconds)
    {
        var count = Epoll.Wait(_epoll, ref _events[0], BatchSize, timeoutMilliseconds);
        if (count < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error == Interrupted)
                return;
            throw new Win32Exception(error);
        }

        for (var i = 0; i < count; i++)
        {
            var ev = _events.AsSpan(i * Epoll.EventSize, Epoll.EventSize);
            var flags = BinaryPrimitives.ReadUInt32LittleEndian(ev);
            var link = _links[BinaryPrimitives.ReadInt32LittleEndian(ev[Epoll.DataOffset..])];
            link?.OnReady((flags & (Epoll.In | Epoll.Error | Epoll.HangUp)) != 0, (flags & Epoll.Out) != 0);
        }
    }

    public void Dispose() => _ = Epoll.Close(_epoll);

    private void Control(int operation, Socket socket, int slot, uint flags)
    {
        Span<byte> ev = stackalloc byte[16];
        ev.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(ev, flags);
        BinaryPrimitives.WriteInt32LittleEndian(ev[Epoll.DataOffset..], slot);
        if (Epoll.Control(_epoll, operation, (int)socket.Handle, ref ev[0]) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
    }
}
