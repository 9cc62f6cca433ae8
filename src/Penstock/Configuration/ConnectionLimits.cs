namespace Penstock.Configuration;

/// <summary><c>server.limits</c>: what one caller may take of the door. Read at start; a reload does not change it.</summary>
internal sealed record ConnectionLimits
{
    /// <summary>Connections at a time; those of the admin port are counted apart.</summary>
    public int Connections { get; init; } = 20_000;

    /// <summary>Bytes of a request's first line, as nginx has it.</summary>
    public int RequestLineBytes { get; init; } = 8 * 1024;

    /// <summary>Bytes of all of a request's headers: four of nginx's buffers.</summary>
    public int HeaderBytes { get; init; } = 32 * 1024;

    /// <summary>How many headers a request may have, as Envoy has it.</summary>
    public int Headers { get; init; } = 100;

    /// <summary>Time for a request's headers, from its first byte, and for a TLS handshake.</summary>
    public TimeSpan HeaderTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a connection may wait for its next request, as with nginx.</summary>
    public TimeSpan KeepaliveTimeout { get; init; } = TimeSpan.FromSeconds(75);

    /// <summary>Bytes a second that a request's body must come with on average; 0: no such limit.</summary>
    public int BodyRate { get; init; } = 240;

    /// <summary>From when on <see cref="BodyRate"/> holds.</summary>
    public TimeSpan BodyGrace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes a second that a caller must take of what is sent to it; 0: no such limit.</summary>
    public int ResponseRate { get; init; } = 240;

    /// <summary>From when on <see cref="ResponseRate"/> holds. A reader may pause: a minute, as with nginx's send_timeout.</summary>
    public TimeSpan ResponseGrace { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Requests at a time on one HTTP/2 connection, as nginx has it.</summary>
    public int Http2Streams { get; init; } = 128;
}
