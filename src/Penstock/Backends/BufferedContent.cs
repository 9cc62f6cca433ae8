using Penstock.Protocol;

namespace Penstock.Backends;

/// <summary>A body in memory, spliced as it is written.</summary>
internal sealed class BufferedContent(ReadOnlyMemory<byte> source, Splice splice) : RequestContent
{
    public override long Length => source.Length + splice.Growth;

    public override ValueTask CopyToAsync(Stream destination, CancellationToken cancellationToken) => splice.IsEmpty
        ? destination.WriteAsync(source, cancellationToken)
        : splice.WriteToAsync(source, destination, cancellationToken);
}
