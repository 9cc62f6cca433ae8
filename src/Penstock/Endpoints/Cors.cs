using Microsoft.AspNetCore.Http;
using Penstock.Configuration;

namespace Penstock.Endpoints;

/// <summary>
/// Lets web pages call the API, those whose origins the configuration names. Never with credentials: a page sends its key
/// in a header of its own, and no cookie counts here.
/// </summary>
internal static class Cors
{
    // By name: '*' would not cover everything in every browser, and Authorization nowhere (Fetch, 4.9).
    private const string RequestHeaders = "Authorization, Content-Type, x-api-key, api-key, *";
    private const string AnswerHeaders =
        "X-Request-ID, X-Backend, X-Attempts, X-Queue-Ms, Retry-After, retry-after-ms, x-ratelimit-limit-requests, x-ratelimit-limit-tokens, "
        + "x-ratelimit-remaining-requests, x-ratelimit-remaining-tokens, x-ratelimit-reset-requests, x-ratelimit-reset-tokens, "
        + "openai-model, openai-organization, openai-processing-ms, openai-version";

    // What Chrome keeps at most is two hours; a configuration that is made stricter is not to wait so long.
    private const string PreflightSeconds = "600";

    /// <summary>Whether a browser asks before a page's request whether it may send it.</summary>
    public static bool IsPreflight(HttpRequest request) =>
        HttpMethods.IsOptions(request.Method) && request.Headers.Origin.Count == 1 && request.Headers.AccessControlRequestMethod.Count == 1;

    /// <summary>Tells the browser that the page may have the answer, where it may.</summary>
    /// <returns>True where that is the whole answer, to a preflight; it carries no key.</returns>
    public static bool TryAnswer(Exchange exchange, Route route)
    {
        if (exchange.Gateway.Config.Server.Cors is not { } cors) return false;
        var (request, headers) = (exchange.Request, exchange.Response.Headers);
        if (!cors.AllowsAnyone) headers.Vary = "Origin";
        if (request.Headers.Origin is not [{ Length: > 0 } origin] || !cors.Allows(origin)) return false;
        headers.AccessControlAllowOrigin = cors.AllowsAnyone ? CorsConfig.Anyone : origin;
        if (!IsPreflight(request))
        {
            headers.AccessControlExposeHeaders = AnswerHeaders;
            return false;
        }

        headers.AccessControlAllowMethods = route.Allow.Length > 0 ? route.Allow : "GET, HEAD, POST";
        headers.AccessControlAllowHeaders = RequestHeaders;
        headers.AccessControlMaxAge = PreflightSeconds;
        exchange.Response.StatusCode = StatusCodes.Status204NoContent;
        exchange.Record.Status = StatusCodes.Status204NoContent;
        return true;
    }
}
