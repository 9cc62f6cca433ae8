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
    public string Operation => OperationOf(Endpoint);

    /// <summary>Whether a model is asked for anything, which is what the GenAI conventions are about.</summary>
    public bool IsGenerative => Endpoint is not ("/v1/models" or "/v1/models/{id}" or "/v1/usage" or "/v1/*");

    /// <summary>The conventions' name where they have one, else the route's first part.</summary>
    public static string OperationOf(string endpoint) => endpoint switch
    {
        "/v1/chat/completions" or "/v1/responses" => "chat",
        "/v1/completions" => "text_completion",
        "/v1/embeddings" => "embeddings",
        "/v1/audio/*" => "audio",
        "/v1/images/*" => "images",
        "/v1/models" or "/v1/models/{id}" => "models",
        _ => endpoint.StartsWith("/v1/", StringComparison.Ordinal) ? endpoint[4..] : endpoint,
    };
}
