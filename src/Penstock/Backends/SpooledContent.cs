namespace Penstock.Backends;

/// <summary>A body that was spooled (multipart uploads), with at most one span replaced.</summary>
/// <param name="spool">The body as it came: seekable, and used by one attempt at a time.</param>
/// <param name="at">Where the replaced span begins.</param>
/// <param name="length">How long it is; 0 for none.</param>
/// <param name="replacement">What stands there instead.</param>
internal sealed class SpooledContent(Stream spool, long at, long length, ReadOnlyMemory<byte> replacement) : RequestContent
{
    private const int BufferSize = 64 * 1024;

    public override long Length => spool.Length - length + replacement.Length;

    public override async ValueTask CopyToAsync(Stream destination, CancellationToken cancellationToken)
    {
        spool.Position = 0;
        if (length > 0)
        {
            await CopyAsync(at, destination, cancellationToken);
            await destination.WriteAsync(replacement, cancellationToken);
            spool.Position = at + length;
        }

        await spool.CopyToAsync(destination, BufferSize, cancellationToken);
    }

    private async ValueTask CopyAsync(long count, Stream destination, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferSize];
        while (count > 0)
        {
            var read = await spool.ReadAsync(buffer.AsMemory(0, (int)Math.Min(count, buffer.Length)), cancellationToken);
            if (read == 0) throw new EndOfStreamException("The spooled body is shorter than it was.");
            await destination.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            count -= read;
        }
    }
}
