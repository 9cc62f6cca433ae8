using Microsoft.AspNetCore.Http;
using Penstock.Accounting;
using Penstock.Runtime;

namespace Penstock.Endpoints;

/// <summary>One request and its answer, with the picture of the gateway that it keeps to its end.</summary>
internal sealed class Exchange(HttpContext http, GatewaySnapshot gateway, CallRecord record)
{
    public HttpContext Http => http;
    public HttpRequest Request => http.Request;
    public HttpResponse Response => http.Response;
    public GatewaySnapshot Gateway => gateway;
    public CallRecord Record => record;
}
