using System.Text.Json;
using Penstock.Protocol;
using Penstock.Routing;

namespace Penstock.Endpoints;

/// <summary><c>GET /v1/models</c> and <c>GET /v1/models/{id}</c>.</summary>
internal static class ModelsEndpoint
{
    public static async ValueTask<ApiError?> ListAsync(Exchange exchange)
    {
        var catalog = exchange.Gateway.Catalog;
        var models = await catalog.ListAsync();
        var shown = models.Where(model => CallAdmission.MayAskFor(exchange, model.Id));
        JsonResponses.Send(exchange, json => JsonList.Write(json, shown, (_, model) => Write(json, model, catalog.Created)));
        return null;
    }

    public static async ValueTask<ApiError?> GetAsync(Exchange exchange)
    {
        // Ids have slashes in them (meta-llama/Llama-3-8B), so the rest of the path is the id, decoded.
        var id = exchange.Request.RouteValues["id"] as string ?? "";
        id = id.Contains('%', StringComparison.Ordinal) ? Uri.UnescapeDataString(id) : id;
        var catalog = exchange.Gateway.Catalog;
        foreach (var model in await catalog.ListAsync())
        {
            if (model.Id != id || !CallAdmission.MayAskFor(exchange, id)) continue;
            JsonResponses.Send(exchange, json => Write(json, model, catalog.Created));
            return null;
        }

        return Errors.ModelNotFound(id);
    }

    private static void Write(Utf8JsonWriter json, ListedModel model, long created)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, model.Id);
        json.WriteString("object"u8, "model"u8);
        json.WriteNumber("created"u8, created);
        json.WriteString("owned_by"u8, model.OwnedBy);
        json.WriteEndObject();
    }
}
