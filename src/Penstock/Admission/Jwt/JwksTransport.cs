using System.Net;

namespace Penstock.Admission.Jwt;

/// <summary>Gets documents of issuers: some KiB, every few minutes, over connections of their own.</summary>
internal sealed class JwksTransport : IDisposable
{
    private const int MostRedirects = 3;

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),
        // An answer that is not wanted to its end is not read on.
        MaxResponseDrainSize = 0,
        ResponseDrainTimeout = TimeSpan.Zero,
    });

    /// <summary>Gets a document. A redirect is followed within its origin only.</summary>
    public async Task<JwksFetch> GetAsync(Uri url, CancellationToken cancellationToken)
    {
        try
        {
            return await GetAsync(url, MostRedirects, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return JwksFetch.Failed(e.Message);
        }
        catch (OperationCanceledException)
        {
            return JwksFetch.Failed("there is no whole answer within 5 s");
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<JwksFetch> GetAsync(Uri url, int redirects, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        request.Headers.TryAddWithoutValidation("User-Agent", "penstock");
        using var response = await _http.SendAsync(request, cancellationToken);
        if (response.StatusCode == HttpStatusCode.OK)
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            return await BoundedBody.ReadAsync(body, cancellationToken);
        }

        if ((int)response.StatusCode is < 300 or >= 400 || response.Headers.Location is not { } location)
            return JwksFetch.Failed($"the answer has the status {(int)response.StatusCode}");
        if (!Uri.TryCreate(url, location, out var target) || !target.GetLeftPart(UriPartial.Authority).Equals(url.GetLeftPart(UriPartial.Authority), StringComparison.OrdinalIgnoreCase))
            return JwksFetch.Failed("the answer is a redirect to another server");
        return redirects == 0 ? JwksFetch.Failed("there are too many redirects") : await GetAsync(target, redirects - 1, cancellationToken);
    }
}
