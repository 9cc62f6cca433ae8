using System.Net;

namespace Penstock.Backends.Http;

/// <summary>Writes a request's body to the connection, without a buffer between.</summary>
internal sealed class HttpRequestContent : HttpContent
{
    private readonly RequestContent _content;

    public HttpRequestContent(RequestContent content)
    {
        _content = content;
        Headers.TryAddWithoutValidation("Content-Type", content.ContentType);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        _content.CopyToAsync(stream, cancellationToken).AsTask();

    protected override bool TryComputeLength(out long length)
    {
        length = _content.Length;
        return true;
    }
}
