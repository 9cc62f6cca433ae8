using System.Text.Json;

namespace Penstock.Server.Mock;

/// <summary>A request's JSON body: an object, or the error that says why it is none.</summary>
internal static class JsonBody
{
    public static async ValueTask<(JsonDocument? Body, MockError? Error)> ReadAsync(HttpContext context)
    {
        JsonDocument body;
        try
        {
            body = await JsonDocument.ParseAsync(context.Request.Body, default, context.RequestAborted);
        }
        catch (JsonException e)
        {
            return (null, MockError.InvalidJson(e.Message));
        }

        if (body.RootElement.ValueKind == JsonValueKind.Object)
            return (body, null);

        body.Dispose();
        return (null, MockError.NotAnObject);
    }

    /// <summary>The model that a request names, else <c>mock</c>.</summary>
    public static string ModelOf(JsonElement body) =>
        body.TryGetProperty("model"u8, out var model) && model.ValueKind == JsonValueKind.String
            ? model.GetString()!
            : ModelEndpoint.Id;
}
