using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace Penstock.Endpoints;

/// <summary>Sends small bodies that the gateway makes itself.</summary>
internal static class JsonResponses
{
    public static void Send(Exchange exchange, ReadOnlySpan<byte> body, string contentType = "application/json", int status = 200)
    {
        var response = exchange.Response;
        response.StatusCode = status;
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        exchange.Record.Status = status;
        if (HttpMethods.IsHead(exchange.Request.Method)) return;
        response.BodyWriter.Write(body);
        exchange.Record.BytesOut = body.Length;
    }
}
