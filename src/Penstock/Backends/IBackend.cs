namespace Penstock.Backends;

/// <summary>
/// Something that answers requests of OpenAI's API: the seam between the gateway and what is behind it. An
/// implementation answers as an HTTP server would, with a status, headers and a body; ids, usage, streaming, metrics
/// and errors are the gateway's. One instance serves all requests to one configured backend, concurrently, until a
/// reload changes its configuration.
/// </summary>
public interface IBackend
{
    /// <summary>Sends a request and returns when the answer's headers are there.</summary>
    /// <param name="request">What the caller asked, as this backend is to see it.</param>
    /// <param name="cancellationToken">Fires when the caller has gone, time is up or the gateway stops.</param>
    /// <returns>The answer, of any status. Its owner disposes it, which ends the call wherever it is.</returns>
    /// <exception cref="BackendException">The backend could not be reached, or broke before it answered.</exception>
    ValueTask<BackendResponse> SendAsync(BackendRequest request, CancellationToken cancellationToken);

    /// <summary>The ids of the models that the backend itself lists; none by default.</summary>
    /// <param name="cancellationToken">Fires when nobody waits for the list any more.</param>
    /// <exception cref="BackendException">The backend could not be reached, or broke before it answered.</exception>
    ValueTask<IReadOnlyList<string>> ListModelsAsync(CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<string>>([]);

    /// <summary>Finds out whether the backend is able to answer; asked again and again where <c>health</c> is on. By default it is.</summary>
    /// <param name="path">What the configuration says is to be asked for (<c>health.path</c>); null: nothing.</param>
    /// <param name="cancellationToken">Fires when the time for an answer is over or nobody waits for it any more.</param>
    /// <exception cref="BackendException">It is not: it could not be reached, or said that it is not well.</exception>
    ValueTask CheckHealthAsync(string? path, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
