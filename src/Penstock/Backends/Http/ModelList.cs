using System.Text.Json;

namespace Penstock.Backends.Http;

/// <summary>Reads what a server answers to <c>GET /v1/models</c>.</summary>
internal static class ModelList
{
    // A list of models is small; a server that sends more than this is not sending one.
    private const int MostBytes = 4 * 1024 * 1024;

    /// <summary>The ids, in their order; none where the body is JSON of another shape.</summary>
    /// <exception cref="JsonException">It is no JSON, or longer than 4 MiB.</exception>
    public static async Task<IReadOnlyList<string>> ReadIdsAsync(Stream body, CancellationToken cancellationToken)
    {
        var bytes = new byte[MostBytes];
        var length = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        using var json = JsonDocument.Parse(bytes.AsMemory(0, length));
        var ids = new List<string>();
        if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("data", out var data)
            || data.ValueKind != JsonValueKind.Array)
            return ids;
        foreach (var model in data.EnumerateArray())
        {
            if (model.ValueKind == JsonValueKind.Object && model.TryGetProperty("id", out var id)
                && id.ValueKind == JsonValueKind.String && id.GetString() is { Length: > 0 } text)
                ids.Add(text);
        }

        return ids;
    }
}
