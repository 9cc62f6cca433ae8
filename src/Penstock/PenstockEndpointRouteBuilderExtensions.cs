using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Penstock.Configuration;
using Penstock.Endpoints;

namespace Penstock;

/// <summary>Maps the gateway's endpoints.</summary>
public static class PenstockEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Maps <c>/v1/*</c>, <c>/healthz</c>, <c>/readyz</c>, <c>/metrics</c>, <c>/admin/usage</c> and <c>/admin/backends</c> with what is
    /// below that. Whatever is below <c>/v1</c> and unknown is answered in OpenAI's error shape; everything else stays the
    /// application's, whose own <c>/healthz</c>, <c>/readyz</c>, <c>/metrics</c> or <c>/admin/…</c> go before the gateway's. Below a group (<c>app.MapGroup("/llm").MapPenstock()</c>)
    /// all of it is below that group's path.
    /// </summary>
    /// <param name="endpoints">The application's routes.</param>
    /// <returns>The endpoints, for conventions that hold for all of them.</returns>
    /// <exception cref="PenstockConfigurationException">The configuration has errors.</exception>
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
        endpoints.MapFallback(RouteTable.UnknownAdmin.Pattern, pipeline.For(RouteTable.UnknownAdmin));
        endpoints.MapFallback(RouteTable.Unknown.Pattern, pipeline.For(RouteTable.Unknown));
    }

    private static void Map(RouteGroupBuilder group, Endpoints.Route route, RequestDelegate handler)
    {
        var endpoint = group.Map(route.Pattern, handler).WithDisplayName(route.Endpoint);
        // What an application has for itself, too, is the application's: a later order loses instead of being ambiguous.
        if (!route.IsApi) endpoint.WithOrder(1);
    }
}
