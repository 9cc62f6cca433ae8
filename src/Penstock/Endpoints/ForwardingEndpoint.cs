using Penstock.Admission.Limits;
using Penstock.Configuration;
using Penstock.Forwarding;
using Penstock.Protocol;
using Penstock.Routing;
using Penstock.Telemetry;

namespace Penstock.Endpoints;

/// <summary>The routes whose requests are answered by a backend: read, parsed, routed, forwarded, relayed.</summary>
internal sealed class ForwardingEndpoint(AttemptLoop attempts, ResponseRelay relay, LeaseBroker leases, Health.Drain drain, TimeProvider time)
{
    private const int LongestParsedInline = 1024 * 1024;

    /// <summary>Asks for one of the backends that answer for a model, whatever its policy thinks; the answer's says who has answered.</summary>
    public const string BackendHeader = "X-Backend";

    // A model's name in the log: long enough for every real one.
    private const int LongestModelName = 256;

    /// <summary>Answers a request whose body is JSON.</summary>
    public async ValueTask<ApiError?> HandleJsonAsync(Exchange exchange, AnswerShape shape)
    {
        var request = exchange.Request;
        if (!MediaTypes.IsJson(request.ContentType)) return Errors.UnsupportedMediaType(request.ContentType, "application/json");

        var started = time.GetTimestamp();
        var limit = exchange.Gateway.Config.Server.MaxBodyBytes;
        using var body = await BodyReader.ReadAsync(request, limit);
        exchange.Record.BodyTime = time.GetElapsedTime(started);
        if (body is null) return TooLarge(exchange, limit);
        exchange.Record.BytesIn = body.Length;

        // Parsing megabytes takes milliseconds, which the thread that reads the sockets must not spend on one request.
        if (body.Length > LongestParsedInline) await Task.Yield();
        var isStrict = shape == AnswerShape.Chat && exchange.Gateway.Config.Server.Validation == RequestValidation.Strict;
        if (!RequestParser.TryParse(body.Span, isStrict, out var parsed, out var error)) return error;
        error = Resolve(exchange, parsed.Model.IsPresent ? parsed.Model.Of(body.Span) : default, out var route);
        if (route is null) return error;
        error = await CallAdmission.ReserveAsync(exchange, leases, route, parsed.PromptBytes, OutputOf(parsed, shape));
        if (error is not null) return error;

        var json = new JsonBody(body.Memory, parsed, hasUsageOption: shape.IsChunked(), request.ContentType!);
        using var conversation = route.ReadsPrompts ? ConversationReader.Read(exchange, exchange.Record.Caller, route, json) : null;
        return await ForwardAsync(exchange, shape, route, json, conversation);
    }

    /// <summary>Answers a request whose body is JSON or a form with files.</summary>
    public async ValueTask<ApiError?> HandleAnyAsync(Exchange exchange)
    {
        if (!IsPlainPath(PathOf(exchange))) return Errors.NotFound(exchange.Record.Path);
        var request = exchange.Request;
        if (!MediaTypes.IsMultipartForm(request.ContentType))
        {
            return MediaTypes.IsJson(request.ContentType)
                ? await HandleJsonAsync(exchange, AnswerShape.Any)
                : Errors.UnsupportedMediaType(request.ContentType, "application/json or multipart/form-data");
        }

        var started = time.GetTimestamp();
        var limit = exchange.Gateway.Config.Server.MaxBodyBytes;
        if (request.ContentLength > limit) return TooLarge(exchange, limit);
        await using var form = new MultipartSpool(request, limit);
        var error = await form.ReadAsync(request.HttpContext.RequestAborted);
        exchange.Record.BodyTime = time.GetElapsedTime(started);
        exchange.Record.BytesIn = form.Length;
        if (error is not null) return form.IsTooLarge ? TooLarge(exchange, limit) : error;

        error = Resolve(exchange, form.Model is null ? default : JsonText.Quote(form.Model), out var route);
        if (route is null) return error;
        error = await CallAdmission.ReserveAsync(exchange, leases, route, promptBytes: 0, default);
        if (error is not null) return error;
        return await ForwardAsync(exchange, AnswerShape.Any, route, form.ToBody(request.ContentType!));
    }

    /// <summary>The error for a body that is longer than allowed. What is left of it is not read: the connection cannot be used again.</summary>
    public static ApiError TooLarge(Exchange exchange, long limit)
    {
        LastAnswer.Announce(exchange.Response);
        return Errors.TooLarge(limit);
    }

    // Below the wildcards: names, as OpenAI's are. Nothing that means a way to somewhere else goes to a backend.
    private static bool IsPlainPath(string path)
    {
        foreach (var c in path.AsSpan())
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('/' or '-' or '_')) return false;
        }

        return !path.Contains("//", StringComparison.Ordinal);
    }

    // The API's own path: an application may have mapped it below one of its own, and callers may end it with a slash.
    private static string PathOf(Exchange exchange)
    {
        var endpoint = exchange.Record.Endpoint;
        return endpoint.EndsWith('*') ? string.Concat(endpoint.AsSpan(0, endpoint.Length - 1), exchange.Request.RouteValues["path"] as string) : endpoint;
    }

    // Embeddings and the like are read, not written.
    private static ExpectedOutput OutputOf(in ChatRequest request, AnswerShape shape) =>
        shape is AnswerShape.Json or AnswerShape.Any ? default
            : new ExpectedOutput(AnswersOf(request), request.MaxTokens) { IsStreamed = request.Stream, Prompts = request.Prompts };

    // To each prompt as many as are asked for.
    private static int AnswersOf(in ChatRequest request) =>
        (int)Math.Min(int.MaxValue, (long)Math.Max(1, request.Prompts) * Math.Max(1, Math.Max(request.Choices, request.BestOf)));

    private static ApiError? Resolve(Exchange exchange, ReadOnlySpan<byte> modelToken, out ModelRoute? route)
    {
        Span<char> scratch = stackalloc char[LongestModelName];
        var model = modelToken.IsEmpty ? default : JsonText.Unquote(modelToken, scratch);
        route = exchange.Gateway.Router.Resolve(model);
        var record = exchange.Record;
        if (CallAdmission.IsRefused(exchange, model, route))
        {
            record.Model = CallLabels.OtherModel;
            route = null;
            return Errors.ModelNotAllowed(model.ToString());
        }

        if (route is null)
        {
            record.Model = modelToken.IsEmpty ? "" : CallLabels.OtherModel;
            return modelToken.IsEmpty ? Errors.MissingParameter("model") : Errors.ModelNotFound(model.ToString());
        }

        if (exchange.Request.Headers[BackendHeader] is [{ Length: > 0 } backend])
        {
            if (route.Only(backend) is not { } only) return RefuseBackend(out route, backend, model);
            route = only;
        }

        record.Model = route.Name;
        record.RequestedModel = model.SequenceEqual(route.Name) ? route.Name : model.ToString();
        return null;
    }

    private static ApiError RefuseBackend(out ModelRoute? route, string backend, ReadOnlySpan<char> model)
    {
        route = null;
        return Errors.InvalidValue(BackendHeader, $"no backend '{backend}' answers for the model '{model}'");
    }

    private async ValueTask<ApiError?> ForwardAsync(Exchange exchange, AnswerShape shape, ModelRoute route, ForwardedBody body, Conversation? conversation = null)
    {
        var request = exchange.Request;
        var authorization = request.Headers.Authorization;
        var isOpen = exchange.Gateway.Authenticator.IsOpen;
        var path = PathOf(exchange);
        using var lingering = route.Settings.OnDisconnect == OnDisconnect.Drain
            ? new LingeringCall(route.Settings.DrainTimeout, time, exchange.Http.RequestAborted) : null;
        var call = new ForwardedCall
        {
            Record = exchange.Record,
            Route = route,
            Retry = exchange.Gateway.Config.Retry,
            Path = request.QueryString.HasValue ? path + request.QueryString.Value : path,
            Body = body,
            Conversation = conversation,
            Queue = exchange.Queue,
            Shape = shape,
            OwnsFields = shape == AnswerShape.Chat && exchange.Gateway.Config.ResponseFields == ResponseFields.Gateway,
            Headers = ForwardedHeaders.Collect(request.Headers, isOpen),
            HidesLimits = exchange.Reservation != default,
            Authorization = isOpen && authorization.Count == 1 ? authorization[0] : null,
            CallerGone = exchange.Http.RequestAborted,
            GivenUp = lingering?.GivenUp ?? exchange.Http.RequestAborted,
            ShutDown = drain.Expired,
        };
        try
        {
            await using var keepalive = Keepalive.For(exchange.Response, call, time);
            await using var answer = await attempts.RunAsync(call);
            return await relay.RelayAsync(exchange.Response, call, answer, keepalive);
        }
        finally
        {
            exchange.WaitedIn = call.WaitedIn;
        }
    }
}
