using System.Collections.Frozen;
using Penstock.Engines;
using Penstock.Server.Mock.Engines;

namespace Penstock.Server.Mock;

/// <summary>The paths of the mock, and what it says about all others.</summary>
internal sealed class MockRoutes
{
    private readonly FrozenDictionary<string, MockRoute> _routes;

    public MockRoutes(MockOptions options, TimeProvider time)
    {
        var faults = new MockFaults(options);
        var driver = options.Engine is { } engine ? new EngineDriver(NewEngine(engine), options.Speed, time) : null;
        Func<HttpContext, CompletionShape, Task> complete =
            driver is null ? new CompletionPlayer(options, faults, time).HandleAsync : new EnginePlayer(options, driver, faults, time).HandleAsync;
        var embeddings = new EmbeddingEndpoint(faults);
        var models = new ModelEndpoint(time.GetUtcNow());

        var routes = new Dictionary<string, MockRoute>
        {
            ["/health"] = new("GET", HealthEndpoint.HandleAsync),
            ["/v1/models"] = new("GET", models.ListAsync),
            ["/v1/models/" + ModelEndpoint.Id] = new("GET", models.GetAsync),
            ["/v1/chat/completions"] = new("POST", context => complete(context, ChatShape.Instance)),
            ["/v1/completions"] = new("POST", context => complete(context, TextShape.Instance)),
            ["/v1/embeddings"] = new("POST", embeddings.HandleAsync),
        };
        if (driver is not null) AddEngine(routes, options.Engine!.Value, new EngineEndpoints(driver, time.GetUtcNow()));
        _routes = routes.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static IEngine NewEngine(MockEngine engine) => engine == MockEngine.Vllm ? new VllmEngine() : new LlamaEngine();

    private static void AddEngine(Dictionary<string, MockRoute> routes, MockEngine engine, EngineEndpoints endpoints)
    {
        if (engine == MockEngine.Vllm)
        {
            routes["/metrics"] = new("GET", endpoints.GetVllmMetricsAsync);
            return;
        }

        routes["/metrics"] = new("GET", endpoints.GetLlamaMetricsAsync);
        routes["/props"] = new("GET", endpoints.GetPropsAsync);
        routes["/slots"] = new("GET", endpoints.GetSlotsAsync);
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
