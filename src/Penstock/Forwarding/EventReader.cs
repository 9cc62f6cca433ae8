using System.Buffers;
using Penstock.Protocol;

namespace Penstock.Forwarding;

/// <summary>Reads a stream of events into one pooled buffer, which holds no more than the events that have not been handed out.</summary>
internal sealed class EventReader(Stream body) : IDisposable
{
    // Most streams send one small event a read. Thousands of idle ones each keep this buffer.
    private const int InitialSize = 2 * 1024;

    // A read that fills the buffer means that more is waiting: fewer, larger reads then.
    private const int BusySize = 32 * 1024;

    /// <summary>An event may be as large as a whole answer in memory may be, and no larger.</summary>
    public const int LongestEvent = 32 * 1024 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(InitialSize);
    private SseScanner _scanner;
    private int _filled;
    private bool _isHeld;
    private bool _isDisposed;

    /// <summary>The bytes that events' places refer to, until the next read.</summary>
    public ReadOnlySpan<byte> Buffer => _buffer.AsSpan(0, _filled);

    /// <summary>The next event of those that were read.</summary>
    public bool TryRead(out SseEvent found) => _scanner.TryRead(Buffer, out found);

    /// <summary>What is left at the end of the stream, as an event.</summary>
    public bool TryReadLast(out SseEvent found) => _scanner.TryReadLast(Buffer, out found);

    /// <summary>From here on nothing that is read is dropped, until <see cref="Rewind"/>.</summary>
    public void Hold() => _isHeld = true;

    /// <summary>Goes back to the first event: all that was held is found once more.</summary>
    public void Rewind()
    {
        _isHeld = false;
        _scanner = default;
    }

    /// <summary>Reads more. All events that were found are consumed by that.</summary>
    /// <returns>How many bytes came, to be passed to <see cref="Filled"/>; 0 at the end of the stream.</returns>
    public ValueTask<int> ReadAsync(CancellationToken cancellationToken)
    {
        DropConsumed();
        if (_filled == _buffer.Length) Grow(_buffer.Length < BusySize ? BusySize : _buffer.Length * 2);
        return body.ReadAsync(_buffer.AsMemory(_filled), cancellationToken);
    }

    public void Filled(int count) => _filled += count;

    /// <summary>Whether the event that is being read is longer than any may be.</summary>
    public bool IsOverlong => _filled - _scanner.Consumed >= LongestEvent;

    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        ArrayPool<byte>.Shared.Return(_buffer);
    }

    private void DropConsumed()
    {
        var consumed = _scanner.Consumed;
        if (consumed == 0 || _isHeld) return;
        // The whole buffer was used in one read: the next one may be as long.
        var wasFull = _filled == _buffer.Length && _buffer.Length < BusySize;
        _buffer.AsSpan(consumed.._filled).CopyTo(_buffer);
        _filled -= consumed;
        _scanner.Shift(consumed);
        if (wasFull) Grow(BusySize);
    }

    private void Grow(int size)
    {
        var larger = ArrayPool<byte>.Shared.Rent(size);
        Buffer.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
