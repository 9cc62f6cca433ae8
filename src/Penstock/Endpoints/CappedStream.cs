using Penstock.Backends;

namespace Penstock.Endpoints;

/// <summary>A request's body, of which no more than a limit can be read.</summary>
internal sealed class CappedStream(Stream body, long limit) : ReadOnlyStream
{
    private long _read;

    /// <summary>Whether the body is larger than the limit; the read that found out has thrown.</summary>
    public bool IsOver => _read > limit;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await body.ReadAsync(buffer, cancellationToken);
        _read += count;
        return IsOver ? throw new IOException("The body is larger than allowed.") : count;
    }
}
