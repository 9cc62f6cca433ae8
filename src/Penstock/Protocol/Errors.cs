namespace Penstock.Protocol;

/// <summary>The errors that the gateway itself answers. Each message says what to do about it.</summary>
internal static class Errors
{
    private const string InvalidRequest = "invalid_request_error";
    private const string Upstream = "upstream_error";

    public static ApiError InvalidJson(string detail) =>
        new(400, InvalidRequest, "invalid_json", $"The body is not valid JSON: {detail}");

    public static ApiError MissingParameter(string param) =>
        new(400, InvalidRequest, "missing_required_parameter", $"Missing required parameter: '{param}'.", param);

    public static ApiError InvalidType(string param, string expected) =>
        new(400, InvalidRequest, "invalid_type", $"Invalid type for '{param}': expected {expected}.", param);

    public static ApiError InvalidValue(string param, string expected) =>
        new(400, InvalidRequest, "invalid_value", $"Invalid value for '{param}': {expected}.", param);

    public static ApiError DuplicateKey(string param) =>
        new(400, InvalidRequest, "invalid_value", $"'{param}' is there twice; send it once.", param);

    public static ApiError BadRequest(string message) =>
        new(400, InvalidRequest, "invalid_value", message);

    public static ApiError ContextLength(string? detail) =>
        new(400, InvalidRequest, "context_length_exceeded", detail ?? "The prompt is longer than the model takes.", "messages");

    public static ApiError MissingApiKey() => Unauthorized("missing", "No API key: send it as 'Authorization: Bearer <key>'.");

    public static ApiError UnknownApiKey() => Unauthorized(
        "unknown", "The API key is not one that this gateway knows; check the 'Authorization: Bearer <key>' header.");

    public static ApiError ExpiredApiKey() => Unauthorized("expired", "The API key has expired; ask for a new one.");

    public static ApiError RevokedApiKey() => Unauthorized("revoked", "The API key has been revoked; ask for a new one.");

    public static ApiError IssuerUnavailable() =>
        new(503, "server_error", "issuer_unavailable", "Whether the token is good cannot be found out, because its issuer's keys are not to be had; ask again later.")
        {
            RetryAfter = TimeSpan.FromSeconds(1),
        };

    public static ApiError KeysUnread() =>
        new(503, "server_error", "store_unavailable",
            "The gateway could not read its keys yet, and cannot tell whether this one is good; ask again in a few seconds.")
        {
            RetryAfter = TimeSpan.FromSeconds(2),
        };

    public static ApiError NoKeyStore() => new(409, InvalidRequest, "no_store",
        "Keys cannot be made or read here: no store is configured (STORE, or 'store' in the configuration file).");

    public static ApiError KeyStoreUnavailable() => new(503, "server_error", "store_unavailable",
        "The store of the keys does not answer at the moment; ask again in a few seconds. Whether a change was made is not known: look at GET /admin/keys first.")
    {
        RetryAfter = TimeSpan.FromSeconds(5),
    };

    public static ApiError KeyNotFound(string id) =>
        new(404, InvalidRequest, "not_found", $"There is no key '{id}'; GET /admin/keys lists the ones that there are.");

    public static ApiError KeyNameTaken(string name) => new(409, InvalidRequest, "name_taken",
        $"There is a key '{name}' already; rotate or revoke that one, or take another name.", "name");

    public static ApiError KeyRevoked(string id) =>
        new(409, InvalidRequest, "key_revoked", $"The key '{id}' has been revoked, and is not changed any more; make a new one.");

    public static ApiError InvalidAdminKey(bool missing) => missing
        ? Unauthorized("missing", "No admin key: send it as 'Authorization: Bearer <key>'.")
        : Unauthorized("unknown", "The key is not this gateway's admin key; check the 'Authorization: Bearer <key>' header.");

    public static ApiError ModelNotAllowed(string model) =>
        new(403, "permission_error", "model_not_allowed",
            $"This API key may not call the model '{model}'; GET /v1/models lists the ones that it may.", "model");

    public static ApiError TooManyFailedLogins(TimeSpan retryAfter) =>
        new(429, "rate_limit_error", "rate_limit_exceeded", "Too many requests with a missing or wrong key have come from your address; check the key before you ask again.")
        {
            RetryAfter = retryAfter,
        };

    public static ApiError ModelNotFound(string model) =>
        new(404, InvalidRequest, "model_not_found",
            $"The model '{model}' does not exist here; GET /v1/models lists the ones that do.", "model");

    public static ApiError NotFound(string path) =>
        new(404, InvalidRequest, "not_found", $"There is nothing at {path}.");

    public static ApiError BackendNotFound(string name) =>
        new(404, InvalidRequest, "not_found", $"There is no backend '{name}'; GET /admin/backends lists the ones that there are.");

    public static ApiError NoStore() =>
        new(409, InvalidRequest, "no_store", "Usage is not kept here: no store is configured (STORE, or 'store' in the configuration file).");

    public static ApiError StoreUnavailable() =>
        new(503, "server_error", "store_unavailable", "The store does not answer at the moment; ask again in a few seconds.")
        {
            RetryAfter = TimeSpan.FromSeconds(5),
        };

    public static ApiError MethodNotAllowed(string method, string path, string allow) =>
        new(405, InvalidRequest, "method_not_allowed", $"{path} does not take {method}; use {allow}.") { Allow = allow };

    public static ApiError RequestTimeout() =>
        new(408, InvalidRequest, "request_timeout", "The request's body took too long to arrive; send it again.");

    public static ApiError TooLarge(long limit) =>
        new(413, InvalidRequest, "request_too_large",
            $"The body is larger than {limit} bytes, the limit of this gateway (server.max_body_bytes).");

    public static ApiError UnsupportedMediaType(string? contentType, string expected) =>
        new(415, InvalidRequest, "unsupported_media_type",
            $"The Content-Type {(contentType is null ? "is missing" : $"'{contentType}' is not understood here")}; send '{expected}'.");

    public static ApiError Internal() =>
        new(500, "server_error", "internal_error", "The gateway failed on this request; its log has the details under the request id.");

    public static ApiError UpstreamUnreachable(string backend, string detail) =>
        new(502, Upstream, "upstream_unreachable", $"The backend '{backend}' cannot be reached: {detail}");

    public static ApiError UpstreamFailed(string backend, int status, string? detail) =>
        new(502, Upstream, "upstream_error", $"The backend '{backend}' answered {status}{(detail is null ? "." : $": {detail}")}");

    public static ApiError UpstreamBroke(string backend, string detail) =>
        new(502, Upstream, "upstream_error", $"The backend '{backend}' broke off: {detail}");

    public static ApiError UpstreamProtocol(string backend, string detail) =>
        new(502, Upstream, "upstream_protocol_error", $"The backend '{backend}' answered something else than it should: {detail}");

    public static ApiError UpstreamTimeout(string backend, TimeSpan timeout) =>
        new(504, Upstream, "upstream_timeout", FormattableString.Invariant(
            $"The backend '{backend}' did not answer within {timeout.TotalSeconds:0.###} s."));

    public static ApiError UpstreamStalled(string backend, TimeSpan timeout) =>
        new(504, Upstream, "upstream_timeout", FormattableString.Invariant(
            $"The backend '{backend}' fell silent in the middle of the answer, for {timeout.TotalSeconds:0.###} s."));

    public static ApiError UpstreamCredentials(string? backend) =>
        new(502, Upstream, "upstream_credentials", backend is null
            ? "The backends refuse this gateway's credentials; its operator has to put them right."
            : $"The backend '{backend}' refuses this gateway's credentials; its operator has to put them right.");

    public static ApiError NeverWithinLimit(string whose, long limit, long tokens) =>
        BadRequest(FormattableString.Invariant(
            $"This request may need {tokens} tokens, and the limit of {whose} is {limit} per minute: it can never pass. Send a shorter prompt, or ask for fewer tokens with max_tokens."));

    public static ApiError NeverWithinBudget(string whose, decimal budget, decimal cost) =>
        BadRequest(FormattableString.Invariant(
            $"This request may cost {cost:0.######} USD, and the whole budget of {whose} is {budget:0.######} USD: it can never pass. Send a shorter prompt, or ask for fewer tokens with max_tokens."));

    public static ApiError RateLimited(string whose, string limit, TimeSpan retryAfter) =>
        new(429, "rate_limit_error", "rate_limit_exceeded", FormattableString.Invariant(
            $"Rate limit of {whose} reached: {limit}. Ask again in {Math.Max(0.001, retryAfter.TotalSeconds):0.###} s."))
        {
            RetryAfter = retryAfter,
        };

    public static ApiError LimitsUnavailable(string whose, TimeSpan retryAfter) =>
        new(503, "server_error", "limits_unavailable",
            $"How much is left of the limits of {whose} cannot be found out at the moment, because the store does not answer; ask again later.")
        {
            RetryAfter = retryAfter < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : TimeSpan.FromSeconds(5),
        };

    public static ApiError InsufficientQuota(string whose, decimal budget, TimeSpan retryAfter) =>
        new(429, "rate_limit_error", "insufficient_quota", FormattableString.Invariant(
            $"The budget of {whose}, {budget:0.######} USD, does not allow this request; a new one begins in {Math.Ceiling(retryAfter.TotalSeconds)} s."))
        {
            RetryAfter = retryAfter,
        };

    public static ApiError BackendsRest(TimeSpan retryAfter) =>
        new(429, "rate_limit_error", "rate_limit_exceeded", "Every backend of this model has asked to be left alone for a while; ask again then.")
        {
            RetryAfter = retryAfter,
        };

    public static ApiError QueueFull(TimeSpan retryAfter) =>
        new(429, "rate_limit_error", "queue_full", "Every backend of this model has as many requests as it takes; ask again in a moment.")
        {
            RetryAfter = retryAfter,
        };

    public static ApiError QueueTimeout(TimeSpan waited, TimeSpan retryAfter) =>
        new(503, Upstream, "queue_timeout", FormattableString.Invariant(
            $"No backend of this model had room for the request within {waited.TotalSeconds:0.###} s; ask again later, or wait longer (X-Request-Timeout)."))
        {
            RetryAfter = retryAfter,
        };

    public static ApiError NoHealthyBackend(TimeSpan retryAfter) =>
        new(503, Upstream, "no_healthy_backend", "No backend that could answer is healthy at the moment; ask again later.")
        {
            // Nobody is asked to come back at once.
            RetryAfter = retryAfter > TimeSpan.FromSeconds(1) ? retryAfter : TimeSpan.FromSeconds(1),
        };

    public static ApiError ShuttingDown() =>
        new(503, Upstream, "shutting_down", "The gateway is shutting down; ask again, another instance will answer.")
        {
            RetryAfter = TimeSpan.FromSeconds(1),
        };

    // RFC 6750, 3: without a credential there is no error to describe.
    private static ApiError Unauthorized(string reason, string message) =>
        new(401, "authentication_error", "invalid_api_key", message)
        {
            Challenge = reason == "missing" ? "Bearer" : $"Bearer error=\"invalid_token\", error_description=\"{reason}\"",
        };
}
