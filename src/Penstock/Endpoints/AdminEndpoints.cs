using Penstock.Health;
using Penstock.Protocol;

namespace Penstock.Endpoints;

/// <summary>
/// <c>GET /admin/backends</c> says how the backends are; <c>POST /admin/backends/{name}/drain</c> and <c>/enable</c> take
/// one out and put it back in.
/// </summary>
internal sealed class AdminEndpoints(TimeProvider time)
{
    public ValueTask<ApiError?> GetBackends(Exchange exchange)
    {
        JsonResponses.Send(exchange, json => JsonList.Write(json, exchange.Gateway.Backends, (writer, backend) => BackendJson.Write(writer, backend, time)));
        return ValueTask.FromResult<ApiError?>(null);
    }

    public ValueTask<ApiError?> Drain(Exchange exchange) => Change(exchange, health => health.Drain());

    public ValueTask<ApiError?> Enable(Exchange exchange) => Change(exchange, health => health.Enable());

    // A name may stand for several servers: all of them are meant, and the first is shown.
    private ValueTask<ApiError?> Change(Exchange exchange, Action<BackendHealth> change)
    {
        // Names may have a slash in them, which comes escaped, and which the server alone leaves escaped.
        var name = (exchange.Request.RouteValues["name"] as string ?? "").Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        var servers = exchange.Gateway.Backends.Where(backend => backend.Name == name).ToArray();
        if (servers.Length == 0) return ValueTask.FromResult<ApiError?>(Errors.BackendNotFound(name));
        foreach (var server in servers) change(server.State.Health);
        JsonResponses.Send(exchange, json => BackendJson.Write(json, servers[0], time));
        return ValueTask.FromResult<ApiError?>(null);
    }
}
