namespace Penstock.Backends;

/// <summary>A request on its way to a backend.</summary>
public sealed class BackendRequest
{
    /// <summary>The path with its query, like <c>/v1/chat/completions</c>.</summary>
    public required string Path { get; init; }

    /// <summary>The gateway's id of the request, for the backend's logs (<c>X-Request-ID</c>).</summary>
    public required string RequestId { get; init; }

    /// <summary>The body, with the gateway's edits (model, usage).</summary>
    public required RequestContent Content { get; init; }

    /// <summary>The caller's end-to-end headers that may go along, without those that the gateway or the connection sets.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The caller's <c>Authorization</c>, for a backend without a key of its own; null where the gateway has checked it itself.</summary>
    public string? Authorization { get; init; }
}
