namespace Penstock.Server.Mock;

/// <summary>An error in OpenAI's shape.</summary>
internal sealed record MockError(int Status, string Type, string Message, string? Param, string? Code)
{
    public static MockError InvalidJson(string reason) => new(
        StatusCodes.Status400BadRequest, InvalidRequest, $"The body is not valid JSON: {reason}", null, "invalid_json");

    public static MockError NotAnObject { get; } = new(
        StatusCodes.Status400BadRequest, InvalidRequest, "The body must be a JSON object.", null, "invalid_type");

    public static MockError InvalidType(string param, string expected) => new(
        StatusCodes.Status400BadRequest, InvalidRequest, $"'{param}' must be {expected}.", param, "invalid_type");

    public static MockError TooLarge(string why) => new(
        StatusCodes.Status400BadRequest, InvalidRequest, $"The engine cannot take it: {why}", null, "context_length_exceeded");

    public static MockError UnknownRoute(string method, string path) => new(
        StatusCodes.Status404NotFound, InvalidRequest, $"The mock has no {method} {path}.", null, "not_found");

    public static MockError WrongMethod(string method, string allowed) => new(
        StatusCodes.Status405MethodNotAllowed, InvalidRequest, $"Use {allowed} here, not {method}.", null,
        "method_not_allowed");

    /// <summary>The error of <c>--status</c>, typed as OpenAI types that status.</summary>
    public static MockError OnPurpose(int status, string why) => new(
        status, TypeOf(status), $"The mock fails on purpose: {why}.", null, CodeOf(status));

    /// <summary>A fault of the mock itself, which has no log to write it to.</summary>
    public static MockError Unexpected(Exception e) => new(
        StatusCodes.Status500InternalServerError, "server_error", $"The mock itself failed: {e.Message}", null, "mock_bug");

    private const string InvalidRequest = "invalid_request_error";

    public Task WriteAsync(HttpContext context)
    {
        if (Status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
            context.Response.Headers.RetryAfter = "1";

        return JsonAnswer.WriteAsync(context, Status, json =>
        {
            json.WriteStartObject();
            json.WriteStartObject("error"u8);
            json.WriteString("message"u8, Message);
            json.WriteString("type"u8, Type);
            json.WriteString("param"u8, Param);
            json.WriteString("code"u8, Code);
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    private static string TypeOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "authentication_error",
        StatusCodes.Status403Forbidden => "permission_error",
        StatusCodes.Status429TooManyRequests => "rate_limit_error",
        >= 500 => "server_error",
        _ => InvalidRequest,
    };

    private static string CodeOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "invalid_api_key",
        StatusCodes.Status404NotFound => "model_not_found",
        StatusCodes.Status429TooManyRequests => "rate_limit_exceeded",
        _ => "mock_failure",
    };
}
