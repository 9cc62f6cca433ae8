namespace Penstock.Backends.Http.Engines;

/// <summary>
/// Asks a server about itself: one question at a time, each by a connection of its own, so that none that requests may have is
/// taken, and that a server with few threads does not keep one for us. Answers go into one buffer.
/// </summary>
/// <param name="connections">The connections.</param>
/// <param name="newGet">Makes a GET of a path, with the backend's own headers and key.</param>
internal sealed class EnginePages(HttpConnections connections, Func<string, HttpRequestMessage> newGet)
{
    // A page of metrics with all its histograms has 100 KB; what is longer than this is not what was asked for.
    private const int MostBytes = 1024 * 1024;

    private byte[] _buffer = new byte[16 * 1024];

    public async ValueTask<EnginePage> GetAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var message = newGet(path);
            message.Headers.ConnectionClose = true;
            using var response = await connections.SendFreshAsync(message, cancellationToken);
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            return await ReadAsync(body, cancellationToken) is { } length
                ? new EnginePage((int)response.StatusCode, _buffer.AsMemory(0, length))
                : new EnginePage((int)response.StatusCode, default, IsTooLong: true);
        }
        catch (HttpRequestException e)
        {
            return new EnginePage(0, default, HttpFailure.Explain(e).IsUnreachable);
        }
        catch (IOException)
        {
            return default;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The handler's own deadline for connecting.
            return new EnginePage(0, default, IsUnreachable: true);
        }
    }

    // How long it is; null: too long.
    private async ValueTask<int?> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        var length = 0;
        while (await body.ReadAsync(_buffer.AsMemory(length), cancellationToken) is > 0 and var count)
        {
            length += count;
            if (length < _buffer.Length) continue;
            if (length >= MostBytes) return null;
            Array.Resize(ref _buffer, 2 * length);
        }

        return length;
    }
}
