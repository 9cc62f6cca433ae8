using System.Collections.Concurrent;

namespace Penstock.Backends.Http;

/// <summary>
/// The connections to all http backends, for the life of the process: a reload drops none. How long connecting may
/// take belongs to a handler, so there is one for each such time; there are as many of them as the operator has ever written.
/// </summary>
internal sealed class HttpTransport(INameResolver names) : IDisposable
{
    private readonly HttpConnector _connector = new(names);
    private readonly ConcurrentDictionary<TimeSpan, Lazy<HttpConnections>> _byTimeout = new();

    /// <summary>The connections of the backends that have so much time for connecting.</summary>
    public HttpConnections For(TimeSpan connectTimeout) =>
        _byTimeout.GetOrAdd(connectTimeout, static (timeout, connector) => new(() => new HttpConnections(connector, timeout)), _connector).Value;

    public void Dispose()
    {
        foreach (var connections in _byTimeout.Values) connections.Value.Dispose();
    }
}
