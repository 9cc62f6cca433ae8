using System.Text.Json;

namespace Penstock.Server.Mock;

/// <summary>What the mock reads of a completion request; it takes everything else as it comes.</summary>
internal readonly record struct CompletionRequest(string Model, bool Stream, bool IncludeUsage, int PromptTokens)
{
    /// <param name="body">The request's JSON object.</param>
    /// <param name="promptName">The field that has the prompt.</param>
    public static CompletionRequest Read(JsonElement body, ReadOnlySpan<byte> promptName) => new(
        JsonBody.ModelOf(body),
        IsTrue(body, "stream"u8),
        body.TryGetProperty("stream_options"u8, out var options)
            && options.ValueKind == JsonValueKind.Object && IsTrue(options, "include_usage"u8),
        body.TryGetProperty(promptName, out var prompt) ? Words.Count(prompt) : 0);

    private static bool IsTrue(JsonElement body, ReadOnlySpan<byte> name) =>
        body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;
}
