namespace Penstock.Telemetry;

/// <summary>
/// What a call's metrics are told apart by. All three come from the configuration or from our own routes, never from
/// the caller, so that their number is bounded: a model that the configuration does not know is <see cref="OtherModel"/>.
/// </summary>
/// <param name="Endpoint">The route, like <c>/v1/chat/completions</c>.</param>
/// <param name="Model">The model's configured name; empty where the request got no further.</param>
/// <param name="Backend">The backend's name; empty where the request reached none.</param>
internal readonly record struct CallLabels(string Endpoint, string Model, string Backend)
{
    public const string OtherModel = "other";

    /// <summary>What OpenTelemetry calls the operation (<c>gen_ai.operation.name</c>).</summary>
    public string Operation => Endpoint switch
    {
        "/v1/chat/completions" or "/v1/responses" => "chat",
        "/v1/completions" => "text_completion",
        "/v1/embeddings" => "embeddings",
        _ => Endpoint.StartsWith("/v1/", StringComparison.Ordinal) ? Endpoint[4..] : Endpoint,
    };
}
