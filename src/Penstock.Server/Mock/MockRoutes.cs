using System.Collections.Frozen;

namespace Penstock.Server.Mock;

/// <summary>The paths of the mock, and what it says about all others.</summary>
internal sealed class MockRoutes
{
    private readonly FrozenDictionary<string, MockRoute> _routes;

    public MockRoutes(MockOptions options, TimeProvider time)
    {
        var faults = new MockFaults(options);
        var completions = new CompletionPlayer(options, faults, time);
        var embeddings = new EmbeddingEndpoint(faults);
        var models = new ModelEndpoint(time.GetUtcNow());

        _routes = new Dictionary<string, MockRoute>
        {
            ["/health"] = new("GET", HealthEndpoint.HandleAsync),
            ["/v1/models"] = new("GET", models.ListAsync),
            ["/v1/models/" + ModelEndpoint.Id] = new("GET", models.GetAsync),
            ["/v1/chat/completions"] = new("POST", context => completions.HandleAsync(context, ChatShape.Instance)),
            ["/v1/completions"] = new("POST", context => completions.HandleAsync(context, TextShape.Instance)),
            ["/v1/embeddings"] = new("POST", embeddings.HandleAsync),
        }.ToFrozenDictionary(StringComparer.Ordinal);
    }

    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            await HandleCoreAsync(context);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested)
        {
            // The caller left. There is nobody to tell.
        }
        catch (Exception e) when (e is not BadHttpRequestException && !context.Response.HasStarted)
        {
            context.Response.Clear();
            await MockError.Unexpected(e).WriteAsync(context);
        }
    }

    private Task HandleCoreAsync(HttpContext context)
    {
        var request = context.Request;
        if (!_routes.TryGetValue(request.Path.Value ?? "", out var route))
            return MockError.UnknownRoute(request.Method, request.Path).WriteAsync(context);

        if (route.Method == request.Method)
            return route.Handler(context);

        context.Response.Headers.Allow = route.Method;
        return MockError.WrongMethod(request.Method, route.Method).WriteAsync(context);
    }
}
