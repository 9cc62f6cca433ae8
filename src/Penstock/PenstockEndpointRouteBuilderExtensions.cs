using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Penstock.Endpoints;

namespace Penstock;

/// <summary>Maps the gateway's endpoints.</summary>
public static class PenstockEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Maps <c>/v1/*</c>, <c>/healthz</c>, <c>/readyz</c> and <c>/metrics</c>. Whatever is below <c>/v1</c> and
    /// unknown is answered in OpenAI's error shape; everything else stays the application's.
    /// </summary>
    /// <param name="endpoints">The application's routes.</param>
    /// <returns>The endpoints, for conventions that hold for all of them.</returns>
    public static IEndpointConventionBuilder MapPenstock(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var table = endpoints.ServiceProvider.GetRequiredService<RouteTable>();
        var pipeline = endpoints.ServiceProvider.GetRequiredService<ExchangePipeline>();
        var group = endpoints.MapGroup("");
        foreach (var route in table.Routes) Map(group, route, pipeline.For(route));
        Map(group, RouteTable.UnknownApi, pipeline.For(RouteTable.UnknownApi));
        return group;
    }

    /// <summary>Maps all that is left, for the executable: nothing but the gateway is there.</summary>
    internal static void MapPenstockFallback(this IEndpointRouteBuilder endpoints)
    {
        var pipeline = endpoints.ServiceProvider.GetRequiredService<ExchangePipeline>();
        endpoints.MapFallback(RouteTable.Unknown.Pattern, pipeline.For(RouteTable.Unknown));
    }

    private static void Map(RouteGroupBuilder group, Endpoints.Route route, RequestDelegate handler) =>
        group.Map(route.Pattern, handler).WithDisplayName(route.Endpoint);
}
