using System.Buffers;

namespace Penstock.Protocol;

/// <summary>Bytes in pooled memory that grow as they come. Whoever made it disposes it, once, when nobody reads it any more.</summary>
internal sealed class PooledBuffer(int capacity) : IDisposable
{
    private byte[]? _array = ArrayPool<byte>.Shared.Rent(capacity);

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Memory => Array.AsMemory(0, Length);

    public ReadOnlySpan<byte> Span => Array.AsSpan(0, Length);

    private byte[] Array => _array ?? throw new ObjectDisposedException(nameof(PooledBuffer));

    /// <summary>Room for at least <paramref name="size"/> more bytes; what is written there counts after <see cref="Advance"/>.</summary>
    public Memory<byte> GetMemory(int size)
    {
        if (Array.Length - Length < size) Grow(Length + size);
        return Array.AsMemory(Length);
    }

    public void Advance(int count) => Length += count;

    public void Dispose()
    {
        if (_array is { } array) ArrayPool<byte>.Shared.Return(array);
        _array = null;
    }

    private void Grow(int needed)
    {
        var old = Array;
        _array = ArrayPool<byte>.Shared.Rent(Math.Max(needed, (int)Math.Min(old.Length * 2L, int.MaxValue / 2)));
        old.AsSpan(0, Length).CopyTo(_array);
        ArrayPool<byte>.Shared.Return(old);
    }
}
