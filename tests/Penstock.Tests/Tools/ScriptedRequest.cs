using System.Text;
using System.Text.Json;

namespace Penstock.Tests.Tools;

/// <summary>A request exactly as <see cref="ScriptedUpstream"/> received it.</summary>
internal sealed record ScriptedRequest
{
    public required string Method { get; init; }

    /// <summary>The request target as it came, with its query.</summary>
    public required string Target { get; init; }

    /// <summary>In the order and spelling in which they came.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; }

    /// <summary>The request line and headers, byte for byte as Latin-1, without the empty line.</summary>
    public required string Head { get; init; }

    /// <summary>Without the chunked framing, where there was one.</summary>
    public required byte[] Body { get; init; }

    /// <summary>Counts the upstream's connections from 1.</summary>
    public required int ConnectionNumber { get; init; }

    /// <summary>1 for the first request of a connection, more for one on a connection that was kept alive.</summary>
    public required int NumberOnConnection { get; init; }

    /// <summary>Time from the upstream's start until the whole request was there.</summary>
    public required TimeSpan At { get; init; }

    public string Path => Target.Split('?', 2)[0];

    public string BodyText => Encoding.UTF8.GetString(Body);

    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Body);

    /// <summary>The only value of a header, or null; throws where it came more than once.</summary>
    public string? Header(string name) => HeaderValues(name) switch
    {
        [] => null,
        [var only] => only,
        var several => throw new InvalidOperationException($"{name} came {several.Count} times."),
    };

    public IReadOnlyList<string> HeaderValues(string name) =>
        [.. Headers.Where(h => h.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value)];

    /// <summary>Whether the body is JSON with <c>"stream": true</c>.</summary>
    public bool WantsStream => TryProperty("stream", out var stream) && stream.ValueKind == JsonValueKind.True;

    /// <summary>Whether the body asks for a usage chunk by <c>stream_options.include_usage</c>.</summary>
    public bool WantsUsage => TryProperty("stream_options", out var options)
        && options.ValueKind == JsonValueKind.Object
        && options.TryGetProperty("include_usage", out var include)
        && include.ValueKind == JsonValueKind.True;

    private bool TryProperty(string name, out JsonElement value)
    {
        value = default;
        try
        {
            var json = Json;
            return json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out value);
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
