namespace Penstock.Backends;

/// <summary>A request's body. It can be written as often as there are attempts.</summary>
public abstract class RequestContent
{
    /// <summary>The media type as the caller sent it.</summary>
    public required string ContentType { get; init; }

    /// <summary>Bytes that <see cref="CopyToAsync"/> writes.</summary>
    public abstract long Length { get; }

    /// <summary>Writes the body.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="cancellationToken">Ends the writing early.</param>
    public abstract ValueTask CopyToAsync(Stream destination, CancellationToken cancellationToken);

    /// <summary>The whole body in memory, for backends that look at it.</summary>
    /// <param name="cancellationToken">Ends the reading early.</param>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        var bytes = new byte[Length];
        await using var stream = new MemoryStream(bytes);
        await CopyToAsync(stream, cancellationToken);
        return bytes;
    }
}
