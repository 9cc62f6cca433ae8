namespace Penstock.Backends;

/// <summary>An answer whose headers are there and whose body is read as it comes.</summary>
public sealed class BackendResponse : IAsyncDisposable
{
    private readonly IDisposable? _owner;

    /// <summary>Creates an answer.</summary>
    /// <param name="statusCode">The HTTP status.</param>
    /// <param name="contentType">The media type of the body; null where there is none.</param>
    /// <param name="body">The body. Disposed with the answer; a read ends with 0, or throws <see cref="IOException"/> when the backend breaks off.</param>
    /// <param name="headers">Headers that may interest the caller; which of them it gets is the gateway's choice.</param>
    /// <param name="contentLength">How many bytes the body has; null where that is not known yet.</param>
    /// <param name="owner">Disposed after the body.</param>
    public BackendResponse(
        int statusCode, string? contentType, Stream body,
        IReadOnlyList<KeyValuePair<string, string>>? headers = null, long? contentLength = null, IDisposable? owner = null)
    {
        ArgumentNullException.ThrowIfNull(body);
        StatusCode = statusCode;
        ContentType = contentType;
        Body = body;
        Headers = headers ?? [];
        ContentLength = contentLength;
        _owner = owner;
    }

    /// <summary>The HTTP status.</summary>
    public int StatusCode { get; }

    /// <summary>The media type of the body, with its parameters; null where there is none.</summary>
    public string? ContentType { get; }

    /// <summary>Headers that may interest the caller.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

    /// <summary>How many bytes the body has; null where that is not known yet.</summary>
    public long? ContentLength { get; }

    /// <summary>The body.</summary>
    public Stream Body { get; }

    /// <summary>A whole JSON answer.</summary>
    /// <param name="json">The body in UTF-8.</param>
    /// <param name="statusCode">The HTTP status.</param>
    public static BackendResponse Json(ReadOnlyMemory<byte> json, int statusCode = 200) =>
        new(statusCode, "application/json", new SegmentStream([json]), contentLength: json.Length);

    /// <summary>A streamed answer of server-sent events.</summary>
    /// <param name="events">The data of each event, in UTF-8, without line ends; the last should be <c>[DONE]</c>.</param>
    public static BackendResponse EventStream(IAsyncEnumerable<ReadOnlyMemory<byte>> events) =>
        new(200, "text/event-stream", new EventSourceStream(events));

    /// <summary>Ends the call: what was not read is given up.</summary>
    public async ValueTask DisposeAsync()
    {
        await Body.DisposeAsync();
        _owner?.Dispose();
    }
}
