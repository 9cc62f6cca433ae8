using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Penstock.Backends.Http.Engines;
using Penstock.Configuration;

namespace Penstock.Backends.Http;

/// <summary>A server that speaks OpenAI's API over HTTP: llama.cpp, vLLM, SGLang, Ollama, a hosted API.</summary>
internal sealed class HttpBackend : IBackend, IEngineReporter
{
    // The routes are few; only paths with a query or below a wildcard can be more.
    private const int MostCachedUris = 64;

    // Content-Length and Content-Type, which are the gateway's to set, come here from nobody.
    private static readonly FrozenSet<string> ContentHeaders = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "Allow", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Location", "Content-MD5", "Content-Range",
        "Expires", "Last-Modified");

    private readonly HttpConnections _connections;
    private readonly HttpProbe _probe;
    private readonly EngineReporter _engine;
    private readonly string _base;
    private readonly string? _host;
    private readonly bool _isHttps;
    private readonly string? _authorization;
    private readonly KeyValuePair<string, string>[] _headers;
    private readonly ConcurrentDictionary<string, Uri> _uris = new(StringComparer.Ordinal);

    /// <param name="config">How it was written.</param>
    /// <param name="transport">Whose connections it uses.</param>
    /// <param name="address">Which of the addresses behind the name in its url it is; null: whichever answers.</param>
    public HttpBackend(BackendConfig config, HttpTransport transport, IPAddress? address = null)
    {
        var url = config.Url ?? throw new ArgumentException("An http backend has an address.", nameof(config));
        _connections = transport.For(config.ConnectTimeout);
        _probe = new HttpProbe(_connections, NewGet);
        _engine = new EngineReporter(config, new EnginePages(_connections, NewGet));
        var endpoint = address is null ? url : new UriBuilder(url) { Host = address.ToString() }.Uri;
        _base = endpoint.AbsoluteUri.TrimEnd('/');
        // The handler takes the name for TLS, too, from here.
        _host = address is null ? null : url.IsDefaultPort ? url.IdnHost : $"{url.IdnHost}:{url.Port}";
        _isHttps = url.Scheme == Uri.UriSchemeHttps;
        _authorization = config.ApiKey is null ? null : $"Bearer {config.ApiKey}";
        _headers = [.. config.Headers];
    }

    public async ValueTask<BackendResponse> SendAsync(BackendRequest request, CancellationToken cancellationToken)
    {
        var message = NewPost(request);
        HttpResponseMessage? response = null;
        try
        {
            try
            {
                response = await _connections.SendAsync(message, cancellationToken);
            }
            catch (Exception e) when (message.Content is HttpRequestContent { IsOnUsedConnection: true } && StaleConnection.IsCauseOf(e))
            {
                cancellationToken.ThrowIfCancellationRequested();
                response = await _connections.SendFreshAsync(message, cancellationToken);
            }

            return await ToResponseAsync(response, cancellationToken);
        }
        catch (Exception e)
        {
            if (response is null && Explain(e, cancellationToken) is { } explained) throw explained;
            // Its connection would stay open until the collector comes by.
            response?.Dispose();
            throw;
        }
    }

    public async ValueTask<IReadOnlyList<string>> ListModelsAsync(CancellationToken cancellationToken)
    {
        using var message = NewGet("/v1/models");
        using var response = await GetAsync(message, cancellationToken);
        if (!response.IsSuccessStatusCode)
            throw new BackendException($"its list of models answered {(int)response.StatusCode}", isUnreachable: false);
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            return await ModelList.ReadIdsAsync(body, cancellationToken);
        }
        catch (Exception e) when (e is JsonException or IOException or HttpRequestException or InvalidOperationException)
        {
            // (The last is a lone surrogate in an id, which is JSON and no text.)
            throw new BackendException("its list of models cannot be read", isUnreachable: false, e);
        }
    }

    public ValueTask CheckHealthAsync(string? path, CancellationToken cancellationToken) => _probe.RunAsync(path, cancellationToken);

    public bool IsAsked => _engine.IsAsked;

    public ValueTask<EngineReport> ReportAsync(long readAt, CancellationToken cancellationToken) => _engine.ReportAsync(readAt, cancellationToken);

    private static async ValueTask<BackendResponse> ToResponseAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var (decoded, isDecoded) = Decode(body, response.Content);
        return new BackendResponse(
            (int)response.StatusCode,
            HeaderOf(response.Content, "Content-Type"),
            decoded,
            InterestingHeaders(response),
            isDecoded ? null : response.Content.Headers.ContentLength,
            response);
    }

    private HttpRequestMessage NewMessage(HttpMethod method, string path)
    {
        var message = new HttpRequestMessage(method, UriOf(path))
        {
            // HTTP/2 is negotiated in the TLS handshake; in clear text there is no such offer, so HTTP/1.1 it is.
            Version = _isHttps ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        if (_host is not null) message.Headers.Host = _host;
        return message;
    }

    private HttpRequestMessage NewPost(BackendRequest request)
    {
        var message = NewMessage(HttpMethod.Post, request.Path);
        message.Content = new HttpRequestContent(request.Content);
        foreach (var (name, value) in request.Headers) HeadersFor(name, message)?.TryAddWithoutValidation(name, value);
        message.Headers.TryAddWithoutValidation("X-Request-ID", request.RequestId);
        if ((_authorization ?? request.Authorization) is { } authorization)
            message.Headers.TryAddWithoutValidation("Authorization", authorization);
        AddOwnHeaders(message);
        return message;
    }

    private HttpRequestMessage NewGet(string path)
    {
        var message = NewMessage(HttpMethod.Get, path);
        if (_authorization is not null) message.Headers.TryAddWithoutValidation("Authorization", _authorization);
        AddOwnHeaders(message);
        return message;
    }

    private void AddOwnHeaders(HttpRequestMessage message)
    {
        message.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        foreach (var (name, value) in _headers)
        {
            if (HeadersFor(name, message) is not { } headers) continue;
            headers.Remove(name);
            headers.TryAddWithoutValidation(name, value);
        }
    }

    // .NET keeps the headers that describe a body with it, and will not have them among the others.
    private static HttpHeaders? HeadersFor(string name, HttpRequestMessage message) =>
        ContentHeaders.Contains(name) ? message.Content?.Headers : message.Headers;

    private Uri UriOf(string path)
    {
        if (_uris.TryGetValue(path, out var uri)) return uri;
        uri = new Uri(_base + path);
        if (_uris.Count < MostCachedUris) _uris.TryAdd(path, uri);
        return uri;
    }

    private async Task<HttpResponseMessage> GetAsync(HttpRequestMessage message, CancellationToken cancellationToken)
    {
        try
        {
            return await _connections.SendAsync(message, cancellationToken);
        }
        catch (Exception e) when (Explain(e, cancellationToken) is { } explained)
        {
            throw explained;
        }
    }

    // What a request that has no answer failed by; null where that is for the caller to know as it is.
    private static BackendException? Explain(Exception e, CancellationToken cancellationToken) => e switch
    {
        HttpRequestException failed => HttpFailure.Explain(failed),
        IOException => new BackendException("the connection broke while the request was sent", isUnreachable: false, e),
        // The handler's own deadline for connecting.
        OperationCanceledException when !cancellationToken.IsCancellationRequested => new BackendException("connecting timed out", isUnreachable: true, e),
        _ => null,
    };

    // It was asked not to compress. One that does all the same is understood, or nothing could be read in its answer.
    private static (Stream Body, bool IsDecoded) Decode(Stream body, HttpContent content) => HeaderOf(content, "Content-Encoding") switch
    {
        null or "" or "identity" => (body, false),
        "gzip" or "x-gzip" => (new GZipStream(body, CompressionMode.Decompress), true),
        "deflate" => (new ZLibStream(body, CompressionMode.Decompress), true),
        "br" => (new BrotliStream(body, CompressionMode.Decompress), true),
        var other => throw new BackendException($"its answer has the content encoding '{other}', which it was asked not to use", isUnreachable: false),
    };

    private static List<KeyValuePair<string, string>>? InterestingHeaders(HttpResponseMessage response)
    {
        List<KeyValuePair<string, string>>? headers = null;
        foreach (var (name, values) in response.Headers.NonValidated)
        {
            if (ResponseHeaders.IsForCaller(name)) (headers ??= []).Add(new(name, values.ToString()));
        }

        return headers;
    }

    private static string? HeaderOf(HttpContent content, string name) =>
        content.Headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;
}
