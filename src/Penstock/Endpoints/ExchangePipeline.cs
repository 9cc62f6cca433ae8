using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Penstock.Accounting;
using Penstock.Admission;
using Penstock.Health;
using Penstock.Protocol;
using Penstock.Runtime;
using Penstock.Telemetry;

namespace Penstock.Endpoints;

/// <summary>
/// What every request goes through, whatever it asks for: its id, its snapshot, who it is from, and at the end, on
/// every path, its settlement.
/// </summary>
internal sealed partial class ExchangePipeline(
    GatewayRuntime runtime, Doors doors, FailureThrottle failures, Drain drain, Settlement settlement, GatewayMetrics metrics,
    TimeProvider time, ILogger<ExchangePipeline> logger)
{
    /// <summary>The handler of a route, for ASP.NET Core.</summary>
    public RequestDelegate For(Route route) => context => RunAsync(context, route);

    private async Task RunAsync(HttpContext context, Route route)
    {
        var requestId = RequestIds.For(context.Request.Headers);
        context.Response.Headers[RequestIds.Header] = requestId;
        var record = new CallRecord
        {
            RequestId = requestId,
            Method = context.Request.Method,
            Path = context.Request.Path.Value ?? "",
            Endpoint = route.Endpoint,
            ArrivedAt = time.GetTimestamp(),
        };
        var exchange = new Exchange(context, runtime.Current, record);
        // A browser's question before a call is no call.
        var isCall = route.IsApi && !Cors.IsPreflight(context.Request);
        if (isCall) metrics.CallStarted();
        try
        {
            if (await HandleAsync(exchange, route) is { } error) ErrorResponses.Send(exchange, error);
        }
        catch (Exception e)
        {
            Fail(exchange, route, e);
        }
        finally
        {
            if (exchange.IsInFlight) drain.Leave();
            if (isCall) metrics.CallEnded();
            if (record.Status == 0) record.Status = context.Response.StatusCode;
            CallAdmission.Settle(exchange);
            settlement.Settle(record, isMeasured: isCall);
        }
    }

    // Not async itself: each method that waits costs every request an object and a step on the way back.
    private ValueTask<ApiError?> HandleAsync(Exchange exchange, Route route)
    {
        if (!doors.LeadTo(route, exchange.Http)) return new(Errors.NotFound(exchange.Record.Path));
        if (route.IsAdmin && RefuseAdmin(exchange) is { } refusal) return new(failures.Refuse(exchange, refusal));
        if (route.IsApi && Cors.TryAnswer(exchange, route)) return default;
        var method = exchange.Request.Method;
        if (!route.Takes(method)) return new(Errors.MethodNotAllowed(method, exchange.Record.Path, route.Allow));
        if (!route.IsApi) return route.Handle(exchange);

        exchange.IsInFlight = drain.TryEnter();
        if (!exchange.IsInFlight)
        {
            LastAnswer.Announce(exchange.Response);
            return new(Errors.ShuttingDown());
        }

        var credential = CallerCredential.Of(exchange.Request.Headers, out var header);
        var authenticator = exchange.Gateway.Authenticator;
        var isKnown = authenticator.IsOpen || credential.IsEmpty
            ? authenticator.TryAuthenticate(credential, out var caller, out var failure)
            : authenticator.TryAuthenticate(ConnectionKey.HashOf(exchange.Http, header, credential), out caller, out failure);
        if (isKnown) return Admit(exchange, route, caller!);
        return authenticator.MayBeToken(credential)
            ? HandleTokenAsync(exchange, route, credential.ToString()) : new(failures.Refuse(exchange, ErrorOf(failure)));
    }

    private async ValueTask<ApiError?> HandleTokenAsync(Exchange exchange, Route route, string token)
    {
        var (caller, failure) = await exchange.Gateway.Authenticator.AuthenticateAsync(token, exchange.Http.RequestAborted);
        return caller is null ? failures.Refuse(exchange, ErrorOf(failure)) : await Admit(exchange, route, caller);
    }

    private static ValueTask<ApiError?> Admit(Exchange exchange, Route route, Caller caller)
    {
        var headers = exchange.Request.Headers;
        exchange.Caller = caller;
        exchange.Record.Caller = caller.Name;
        exchange.Record.Labels = caller.Labels;
        exchange.Record.Span = GatewayTracing.StartRequest(
            exchange.Request.Method, route.Endpoint, exchange.Request.Scheme, exchange.Record.Path, exchange.Record.RequestId,
            headers.TraceParent, headers.TraceState);
        return route.Handle(exchange);
    }

    // Who has no key learns nothing of what is there, and where there is none nothing is.
    private static ApiError? RefuseAdmin(Exchange exchange)
    {
        if (exchange.Gateway.AdminKey is not { } key) return Errors.NotFound(exchange.Record.Path);
        var credential = CallerCredential.Of(exchange.Request.Headers);
        return key.Is(credential) ? null : Errors.InvalidAdminKey(missing: credential.IsEmpty);
    }

    private static ApiError ErrorOf(AuthenticationFailure failure) => failure switch
    {
        AuthenticationFailure.Missing => Errors.MissingApiKey(),
        AuthenticationFailure.Expired => Errors.ExpiredApiKey(),
        AuthenticationFailure.Revoked => Errors.RevokedApiKey(),
        AuthenticationFailure.Unavailable => Errors.IssuerUnavailable(),
        AuthenticationFailure.Undecided => Errors.KeysUnread(),
        _ => Errors.UnknownApiKey(),
    };

    private void Fail(Exchange exchange, Route route, Exception e)
    {
        var context = exchange.Http;
        // A reset in the middle of the body can be seen there before the request counts as aborted.
        if (context.RequestAborted.IsCancellationRequested || e is ConnectionResetException or ConnectionAbortedException)
        {
            exchange.Record.Abandon();
            Log.CallerLeft(logger, exchange.Record.RequestId);
            return;
        }

        if (!context.Response.HasStarted && FramingError(e, exchange) is { } error)
        {
            // Nobody knows where the next request would begin.
            LastAnswer.Announce(context.Response);
            ErrorResponses.Send(exchange, error);
            return;
        }

        Log.Failed(logger, e, exchange.Record.RequestId);
        exchange.Record.Error = "internal_error";
        if (context.Response.HasStarted)
        {
            exchange.Record.Status = context.Response.StatusCode;
            context.Abort();
            return;
        }

        var requestId = exchange.Record.RequestId;
        context.Response.Clear();
        context.Response.Headers[RequestIds.Header] = requestId;
        if (route.IsApi) Cors.TryAnswer(exchange, route);
        ErrorResponses.Send(exchange, Errors.Internal());
    }

    // What is wrong with how a request is framed shows while its body is read.
    private static ApiError? FramingError(Exception e, Exchange exchange) => e switch
    {
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Errors.TooLarge(exchange.Gateway.Config.Server.MaxBodyBytes),
        BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => Errors.RequestTimeout(),
        BadHttpRequestException => Errors.BadRequest($"The request is not valid HTTP: {e.Message}"),
        // What the server makes of a chunk whose size no number holds.
        IOException { InnerException: OverflowException } => Errors.BadRequest("The request is not valid HTTP: a chunk's size is none."),
        _ => null,
    };

    /// <summary>Lets the gateway's own limit on bodies rule, so that its error is in OpenAI's shape.</summary>
    public static void LiftServerLimit(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature) feature.MaxRequestBodySize = null;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{RequestId}: the gateway failed on this request")]
        public static partial void Failed(ILogger logger, Exception exception, string requestId);

        [LoggerMessage(2, LogLevel.Debug, "{RequestId}: the caller left")]
        public static partial void CallerLeft(ILogger logger, string requestId);
    }
}
