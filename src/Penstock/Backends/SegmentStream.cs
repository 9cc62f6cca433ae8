namespace Penstock.Backends;

/// <summary>A body that is in memory, in pieces; a read gives no more than one of them, as a network would.</summary>
internal sealed class SegmentStream(IReadOnlyList<ReadOnlyMemory<byte>> segments) : ReadOnlyStream
{
    private int _segment;
    private int _position;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<int>(cancellationToken);
        while (_segment < segments.Count)
        {
            var rest = segments[_segment][_position..];
            if (rest.IsEmpty)
            {
                _segment++;
                _position = 0;
                continue;
            }

            var count = Math.Min(rest.Length, buffer.Length);
            rest[..count].CopyTo(buffer);
            _position += count;
            return ValueTask.FromResult(count);
        }

        return ValueTask.FromResult(0);
    }
}
