namespace Penstock.Backends;

/// <summary>Server-sent events, made one at a time as they are read.</summary>
internal sealed class EventSourceStream(IAsyncEnumerable<ReadOnlyMemory<byte>> events) : ReadOnlyStream
{
    private IAsyncEnumerator<ReadOnlyMemory<byte>>? _events;
    private ReadOnlyMemory<byte> _rest;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // The first read's token is the call's: there is one for the whole of an attempt.
        _events ??= events.GetAsyncEnumerator(cancellationToken);
        if (_rest.IsEmpty)
        {
            if (!await _events.MoveNextAsync()) return 0;
            _rest = Frame(_events.Current.Span);
        }

        var count = Math.Min(_rest.Length, buffer.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }

    public override async ValueTask DisposeAsync()
    {
        if (_events is not null) await _events.DisposeAsync();
        await base.DisposeAsync();
    }

    private static byte[] Frame(ReadOnlySpan<byte> data) => [.. "data: "u8, .. data, .. "\n\n"u8];
}
