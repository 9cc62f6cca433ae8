namespace Penstock.Admission.Jwt;

/// <summary>Reads a document that may be 1 MiB long: real ones are some KiB.</summary>
internal static class BoundedBody
{
    public const int MostBytes = 1 << 20;

    private const int FirstBytes = 8192;

    public static async Task<JwksFetch> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[FirstBytes];
        var length = 0;
        while (true)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken);
            if (read == 0) return JwksFetch.Found(buffer[..length]);
            length += read;
            if (length > MostBytes) return JwksFetch.Failed("the document is longer than 1 MiB");
            // One byte more than may be there shows that there is more.
            if (length == buffer.Length) Array.Resize(ref buffer, Math.Min(2 * buffer.Length, MostBytes + 1));
        }
    }
}
