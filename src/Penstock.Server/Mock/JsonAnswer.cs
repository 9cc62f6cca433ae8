using System.Text.Encodings.Web;
using System.Text.Json;

namespace Penstock.Server.Mock;

/// <summary>A whole JSON answer, with its length, as inference servers send it.</summary>
internal static class JsonAnswer
{
    /// <summary>As inference servers write: only what JSON needs escaped is escaped.</summary>
    public static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    public static async Task WriteAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "application/json";

        await using (var json = new Utf8JsonWriter(response.BodyWriter, WriterOptions))
        {
            write(json);
            json.Flush();

            // Nothing is sent before the flush below, so the length can still be said.
            response.ContentLength = json.BytesCommitted;
        }

        await response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}
