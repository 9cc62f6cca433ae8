using System.Net;

namespace Penstock.Backends.Http;

/// <summary>Writes a request's body to the connection, without a buffer between, as often as the request is sent.</summary>
internal sealed class HttpRequestContent : HttpContent
{
    // How a connection knows whose bytes it is given.
    private static readonly AsyncLocal<HttpRequestContent?> Current = new();

    private readonly RequestContent _content;

    public HttpRequestContent(RequestContent content)
    {
        _content = content;
        Headers.TryAddWithoutValidation("Content-Type", content.ContentType);
    }

    /// <summary>The body that is being written where this is asked; null: none.</summary>
    public static HttpRequestContent? Writing => Current.Value;

    /// <summary>Whether the connection that it was last written to had been used before. Never so over HTTP/2, whose framing is not ours to see.</summary>
    public bool IsOnUsedConnection { get; set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        WriteAsync(stream, cancellationToken);

    protected override bool TryComputeLength(out long length)
    {
        length = _content.Length;
        return true;
    }

    private async Task WriteAsync(Stream stream, CancellationToken cancellationToken)
    {
        Current.Value = this;
        IsOnUsedConnection = false;
        await _content.CopyToAsync(stream, cancellationToken);
        // The framework would do it next, when nobody knows any more whose bytes they are.
        await stream.FlushAsync(cancellationToken);
    }
}
