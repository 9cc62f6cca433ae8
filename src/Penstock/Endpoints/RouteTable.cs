using Penstock.Forwarding;
using Penstock.Protocol;

namespace Penstock.Endpoints;

/// <summary>Everything that can be asked of the gateway, on one page.</summary>
internal sealed class RouteTable(
    ForwardingEndpoint forwarding, MetricsEndpoint metrics, HealthEndpoints health, UsageEndpoints usage, AdminEndpoints admin, KeyEndpoints keys)
{
    private const string Get = "GET";
    private const string Post = "POST";

    /// <summary>The routes. A path with another method is answered 405.</summary>
    public IReadOnlyList<Route> Routes { get; } =
    [
        Api(Post, "/v1/chat/completions", e => forwarding.HandleJsonAsync(e, AnswerShape.Chat)),
        Api(Post, "/v1/completions", e => forwarding.HandleJsonAsync(e, AnswerShape.Completion)),
        Api(Post, "/v1/embeddings", e => forwarding.HandleJsonAsync(e, AnswerShape.Json)),
        Api(Post, "/v1/responses", e => forwarding.HandleJsonAsync(e, AnswerShape.Response)),
        Api(Post, "/v1/rerank", e => forwarding.HandleJsonAsync(e, AnswerShape.Json)),
        Api(Post, "/v1/moderations", e => forwarding.HandleJsonAsync(e, AnswerShape.Json)),
        new("/v1/audio/{**path}", "/v1/audio/*", Post, forwarding.HandleAnyAsync),
        new("/v1/images/{**path}", "/v1/images/*", Post, forwarding.HandleAnyAsync),
        Api(Get, "/v1/models", ModelsEndpoint.ListAsync),
        new("/v1/models/{**id}", "/v1/models/{id}", Get, ModelsEndpoint.GetAsync),
        Api(Get, "/v1/usage", usage.GetOwn),
        new("/healthz", "/healthz", Get, HealthEndpoints.GetHealth),
        new("/readyz", "/readyz", Get, health.GetReadiness),
        new("/metrics", "/metrics", Get, metrics.GetAsync),
        new("/admin/usage", "/admin/usage", Get, usage.GetAll),
        new("/admin/route", "/admin/route", null, RouteEndpoint.HandleAsync),
        new("/admin/backends", "/admin/backends", Get, admin.GetBackends),
        new("/admin/backends/{name}/drain", "/admin/backends/{name}/drain", Post, admin.Drain),
        new("/admin/backends/{name}/enable", "/admin/backends/{name}/enable", Post, admin.Enable),
        new("/admin/keys", "/admin/keys", null, keys.HandleAllAsync),
        new("/admin/keys/{id}", "/admin/keys/{id}", null, keys.HandleOneAsync),
        new("/admin/keys/{id}/rotate", "/admin/keys/{id}/rotate", Post, keys.RotateAsync),
    ];

    /// <summary>What is below <c>/v1</c> and none of the routes: the gateway's too, whoever else is in the application.</summary>
    public static Route UnknownApi { get; } = new("/v1/{**path}", "/v1/*", null, NotFound);

    /// <summary>What is below <c>/admin</c> and none of the routes, where the gateway is alone.</summary>
    public static Route UnknownAdmin { get; } = new("/admin/{**path}", "/admin/*", null, NotFound);

    /// <summary>What is anywhere else, where the gateway is alone.</summary>
    public static Route Unknown { get; } = new("{**path}", "other", null, NotFound);

    private static Route Api(string method, string path, Func<Exchange, ValueTask<ApiError?>> handle) => new(path, path, method, handle);

    private static ValueTask<ApiError?> NotFound(Exchange exchange) =>
        ValueTask.FromResult<ApiError?>(Errors.NotFound(exchange.Record.Path));
}
