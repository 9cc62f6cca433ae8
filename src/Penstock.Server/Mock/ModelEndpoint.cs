using System.Text.Json;

namespace Penstock.Server.Mock;

/// <summary><c>GET /v1/models</c> and its one model.</summary>
internal sealed class ModelEndpoint(DateTimeOffset created)
{
    public const string Id = "mock";

    public Task ListAsync(HttpContext context) => JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, json =>
    {
        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        WriteModel(json);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    public Task GetAsync(HttpContext context) => JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, WriteModel);

    private void WriteModel(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, Id);
        json.WriteString("object"u8, "model"u8);
        json.WriteNumber("created"u8, created.ToUnixTimeSeconds());
        json.WriteString("owned_by"u8, "penstock"u8);
        json.WriteEndObject();
    }
}
