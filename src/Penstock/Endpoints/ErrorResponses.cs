using System.Globalization;
using Microsoft.AspNetCore.Http;
using Penstock.Protocol;

namespace Penstock.Endpoints;

/// <summary>Sends errors to callers.</summary>
internal static class ErrorResponses
{
    public static void Send(Exchange exchange, ApiError error)
    {
        var response = exchange.Response;
        response.StatusCode = error.Status;
        response.ContentType = "application/json";
        if (error.Allow is not null) response.Headers.Allow = error.Allow;
        if (error.Challenge is not null) response.Headers.WWWAuthenticate = error.Challenge;
        if (error.RetryAfter is { } wait)
            response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);

        var json = error.ToJson();
        response.ContentLength = json.Length;
        exchange.Record.Status = error.Status;
        exchange.Record.Error = error.Code;
        if (HttpMethods.IsHead(exchange.Request.Method)) return;
        json.CopyTo(response.BodyWriter.GetSpan(json.Length));
        response.BodyWriter.Advance(json.Length);
        exchange.Record.BytesOut = json.Length;
    }
}
