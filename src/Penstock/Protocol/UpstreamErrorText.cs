using System.Text;
using System.Text.Json;

namespace Penstock.Protocol;

/// <summary>Finds the sentence for people in what a server sent with an error status.</summary>
internal static class UpstreamErrorText
{
    private const int LongestText = 500;

    /// <summary>
    /// <c>error.message</c> (OpenAI), <c>error</c> as a string (Ollama), <c>message</c> (vLLM) or <c>detail</c>
    /// (FastAPI); else plain text as it is. Null where there is nothing readable, like a page of HTML.
    /// </summary>
    public static string? Find(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind == JsonValueKind.Object ? Cut(FindIn(json.RootElement)) : null;
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate ("\ud800") is valid JSON and no text.
            return null;
        }
        catch (JsonException)
        {
            var text = Encoding.UTF8.GetString(body.Span).Trim();
            return text.Length == 0 || text[0] == '<' ? null : Cut(text);
        }
    }

    /// <summary>
    /// Whether it says that the prompt is too long for the model: OpenAI's code, llama.cpp's type, or the words of vLLM
    /// and SGLang, which have neither.
    /// </summary>
    public static bool IsContextLength(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return false;
            var error = root.TryGetProperty("error", out var inner) && inner.ValueKind == JsonValueKind.Object ? inner : root;
            return StringOf(error, "code") == "context_length_exceeded"
                || StringOf(error, "type") == "exceed_context_size_error"
                || (FindIn(root) is { } text && (text.Contains("maximum context length", StringComparison.OrdinalIgnoreCase)
                    || text.Contains("model's context length", StringComparison.OrdinalIgnoreCase)));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Whether a refusal may be because of a field: it names the field, or it has no code that names something else.</summary>
    public static bool MayBeAbout(ReadOnlyMemory<byte> body, string field)
    {
        if (body.Span.IndexOf(Encoding.UTF8.GetBytes(field)) >= 0) return true;
        try
        {
            using var json = JsonDocument.Parse(body);
            var root = json.RootElement;
            return root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("error", out var error)
                || error.ValueKind != JsonValueKind.Object || StringOf(error, "code") is null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return true;
        }
    }

    private static string? FindIn(JsonElement root)
    {
        if (root.TryGetProperty("error", out var error))
        {
            if (error.ValueKind == JsonValueKind.String) return error.GetString();
            if (error.ValueKind == JsonValueKind.Object && StringOf(error, "message") is { } inner) return inner;
        }

        return StringOf(root, "message") ?? StringOf(root, "detail");
    }

    private static string? StringOf(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string? Cut(string? text) => text is null || text.Length <= LongestText ? text : string.Concat(text.AsSpan(0, LongestText), "…");
}
