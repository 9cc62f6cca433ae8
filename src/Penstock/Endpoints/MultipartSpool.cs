using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Penstock.Forwarding;
using Penstock.Protocol;

namespace Penstock.Endpoints;

/// <summary>
/// Reads a form with files to its end: the first MiB into memory, the rest into a temporary file that vanishes with
/// the request. On the way it finds the <c>model</c> field, wherever in the form that is.
/// </summary>
internal sealed class MultipartSpool : IAsyncDisposable
{
    private const int InMemory = 1024 * 1024;

    // Names of models are short; a field that is longer than this is none.
    private const int LongestModel = 1024;

    private readonly HttpRequest _request;
    private readonly long _limit;
    private readonly CappedStream _body;
    private readonly FileBufferingReadStream _spool;
    private long _modelAt;
    private int _modelLength;

    public MultipartSpool(HttpRequest request, long limit)
    {
        ExchangePipeline.LiftServerLimit(request.HttpContext);
        _request = request;
        _limit = limit;
        _body = new CappedStream(request.Body, limit);
        _spool = new FileBufferingReadStream(_body, InMemory, bufferLimit: null, Path.GetTempPath());
    }

    /// <summary>The value of the <c>model</c> field; null where there is none.</summary>
    public string? Model { get; private set; }

    /// <summary>Whether reading ended because the body is larger than allowed.</summary>
    public bool IsTooLarge => _body.IsOver;

    public long Length => _spool.Length;

    /// <returns>The error that the caller should get; null where the form could be read.</returns>
    public async ValueTask<ApiError?> ReadAsync(CancellationToken cancellationToken)
    {
        var boundary = MediaTypeHeaderValue.TryParse(_request.ContentType, out var type)
            ? HeaderUtilities.RemoveQuotes(type.Boundary).ToString() : "";
        // RFC 2046, 5.1.1: up to 70 characters.
        if (boundary.Length is 0 or > 70) return Errors.BadRequest("The multipart body's Content-Type has no usable boundary.");
        try
        {
            var form = new MultipartReader(boundary, _spool) { BodyLengthLimit = _limit };
            while (await form.ReadNextSectionAsync(cancellationToken) is { } section)
            {
                if (NameOf(section) == "model")
                {
                    // Which of two a server obeys is its secret.
                    if (Model is not null) return Errors.DuplicateKey("model");
                    await ReadModelAsync(section, cancellationToken);
                }

                if (IsTooLong) return Errors.InvalidValue("model", $"it is longer than {LongestModel} bytes");
                await section.Body.CopyToAsync(Stream.Null, cancellationToken);
            }

            await _spool.DrainAsync(cancellationToken);
            return null;
        }
        catch (IOException) when (IsTooLarge)
        {
            return Errors.TooLarge(_limit);
        }
        catch (Exception e) when (e is InvalidDataException || (IsAboutTheForm(e) && !cancellationToken.IsCancellationRequested))
        {
            return Errors.BadRequest($"The multipart body cannot be read: {e.Message}");
        }
    }

    private bool IsTooLong => Model is { Length: > LongestModel };

    public ForwardedBody ToBody(string contentType) => new MultipartBody(_spool, _modelAt, _modelLength, contentType);

    public ValueTask DisposeAsync() => _spool.DisposeAsync();

    private async ValueTask ReadModelAsync(MultipartSection section, CancellationToken cancellationToken)
    {
        var buffer = new byte[LongestModel + 1];
        var length = await section.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        Model = Encoding.UTF8.GetString(buffer, 0, length);
        _modelAt = section.BaseStreamOffset ?? 0;
        _modelLength = length;
    }

    // The reader says that a form ends too soon by an IOException; what is wrong with the connection is another matter.
    private static bool IsAboutTheForm(Exception e) =>
        e is IOException and not (BadHttpRequestException or ConnectionResetException);

    private static string? NameOf(MultipartSection section) =>
        section.GetContentDispositionHeader() is { } disposition ? HeaderUtilities.RemoveQuotes(disposition.Name).ToString() : null;
}
