using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Penstock.Endpoints;

/// <summary>Sends small bodies that the gateway makes itself.</summary>
internal static class JsonResponses
{
    // Never inside HTML: an apostrophe may stay an apostrophe.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

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

    /// <summary>Sends what is written.</summary>
    public static void Send(Exchange exchange, Action<Utf8JsonWriter> write, int status = 200)
    {
        var output = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(output, Options)) write(json);
        Send(exchange, output.WrittenSpan, status: status);
    }
}
