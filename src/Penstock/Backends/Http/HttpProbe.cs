namespace Penstock.Backends.Http;

/// <summary>
/// Asks a server whether it is well: for the path that was configured, else for <c>/health</c>, as llama.cpp, vLLM and
/// SGLang have it, else for <c>/v1/models</c>.
/// </summary>
/// <param name="connections">
/// The connections. A probe gets a new one each time: so it shows what a request may need, that the server takes
/// connections, and uses up none of those that requests have.
/// </param>
/// <param name="newGet">Makes a GET of a path, with the backend's own headers and key.</param>
internal sealed class HttpProbe(HttpConnections connections, Func<string, HttpRequestMessage> newGet)
{
    // Read so that the server can end its answer in order; no answer to a probe is longer.
    private const int MostBodyBytes = 64 * 1024;

    private volatile bool _hasNoHealth;

    /// <param name="path">What was configured: any 2xx is well. Null: one of the two, and any sign of life is well.</param>
    /// <param name="cancellationToken">Fires when time is up.</param>
    /// <exception cref="BackendException">It is not well.</exception>
    public async ValueTask RunAsync(string? path, CancellationToken cancellationToken)
    {
        if (path is not null)
        {
            var status = await AskAsync(path, cancellationToken);
            if (status is < 200 or > 299) throw Unwell(status);
            return;
        }

        if (!_hasNoHealth)
        {
            var status = await AskAsync("/health", cancellationToken);
            if (!IsMissing(status))
            {
                // llama.cpp says 503 while it loads; a 401 is said by one that lives.
                if (status >= 500) throw Unwell(status);
                return;
            }

            _hasNoHealth = true;
        }

        var listing = await AskModelsAsync(cancellationToken);
        if (listing < 500 || IsMissing(listing)) return;
        _hasNoHealth = false;
        throw Unwell(listing);
    }

    private static bool IsMissing(int status) => status is 404 or 405 or 501;

    private static BackendException Unwell(int status) => new($"its health check answered {status}", isUnreachable: false);

    // One that fails here may come back as another: /health is asked for again then.
    private async ValueTask<int> AskModelsAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await AskAsync("/v1/models", cancellationToken);
        }
        catch
        {
            _hasNoHealth = false;
            throw;
        }
    }

    private async ValueTask<int> AskAsync(string path, CancellationToken cancellationToken)
    {
        using var message = newGet(path);
        message.Headers.ConnectionClose = true;
        try
        {
            using var response = await connections.SendFreshAsync(message, cancellationToken);
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            await body.ReadAtLeastAsync(new byte[MostBodyBytes], MostBodyBytes, throwOnEndOfStream: false, cancellationToken);
            return (int)response.StatusCode;
        }
        catch (HttpRequestException e)
        {
            throw HttpFailure.Explain(e);
        }
        catch (IOException e)
        {
            throw new BackendException("the connection broke during its health check", isUnreachable: false, e);
        }
    }
}
