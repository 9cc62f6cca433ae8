using System.Text;
using System.Text.Json;
using Penstock.Protocol;

namespace Penstock.Tests.Protocol;

/// <summary>What the parser should find, worked out the slow way from a document. Null: the body is refused.</summary>
internal sealed record RequestOracle
{
    private static readonly string[] Fields =
        ["model", "stream", "stream_options", "messages", "max_tokens", "max_completion_tokens", "temperature", "top_p", "n", "stop"];

    public string? Model { get; private set; }
    public bool Stream { get; private set; }
    public string? StreamOptions { get; private set; }
    public bool IncludeUsage { get; private set; }
    public long? MaxTokens { get; private set; }
    public int MessageCount { get; private set; }
    public string? LastUserContent { get; private set; }

    /// <summary>The same of the parser's result.</summary>
    public static RequestOracle Of(ReadOnlySpan<byte> json, in ChatRequest request) => new()
    {
        Model = Text(json, request.Model),
        Stream = request.Stream,
        StreamOptions = Text(json, request.StreamOptions),
        IncludeUsage = request.IncludeUsage,
        MaxTokens = request.MaxTokens,
        MessageCount = request.MessageCount,
        LastUserContent = Text(json, request.LastUserContent),
    };

    /// <summary>By the rules of <c>validation: minimal</c>.</summary>
    public static RequestOracle? Read(byte[] json)
    {
        try
        {
            new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(json);
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 64 });
            return document.RootElement.ValueKind == JsonValueKind.Object ? Read(document.RootElement) : null;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            return null;
        }
    }

    private static RequestOracle? Read(JsonElement root)
    {
        var result = new RequestOracle();
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        long? maxTokens = null, maxCompletionTokens = null;
        foreach (var (name, value) in Members(root))
        {
            if (!Fields.Contains(name, StringComparer.OrdinalIgnoreCase)) continue;
            if (!seen.Add(name)) return null;
            var kind = value.ValueKind;
            switch (name)
            {
                case "model" when kind != JsonValueKind.String:
                case "stream" when kind is not (JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null):
                case "stream_options" when kind is not (JsonValueKind.Object or JsonValueKind.Null):
                    return null;
                case "model":
                    result.Model = value.GetRawText();
                    break;
                case "stream":
                    result.Stream = kind == JsonValueKind.True;
                    break;
                case "stream_options":
                    result.StreamOptions = value.GetRawText();
                    if (!result.ReadOptions(value)) return null;
                    break;
                case "max_tokens":
                    maxTokens = Count(value);
                    break;
                case "max_completion_tokens":
                    maxCompletionTokens = Count(value);
                    break;
                case "messages" when kind == JsonValueKind.Array:
                    result.ReadMessages(value);
                    break;
            }
        }

        // The larger one: lifted comparisons with nothing are false.
        result.MaxTokens = maxTokens > maxCompletionTokens || maxCompletionTokens is null ? maxTokens : maxCompletionTokens;
        return result;
    }

    private bool ReadOptions(JsonElement options)
    {
        if (options.ValueKind == JsonValueKind.Null) return true;
        var found = Members(options).Where(m => m.Name == "include_usage").Select(m => m.Value).ToList();
        if (found.Count > 1 || found.Exists(f => f.ValueKind is not (JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null)))
            return false;
        IncludeUsage = found.Exists(f => f.ValueKind == JsonValueKind.True);
        return true;
    }

    private void ReadMessages(JsonElement messages)
    {
        foreach (var message in messages.EnumerateArray())
        {
            MessageCount++;
            if (message.ValueKind != JsonValueKind.Object) continue;
            var role = Members(message).LastOrDefault(m => m.Name == "role").Value;
            if (role.ValueKind != JsonValueKind.String || StringOf(role) != "user") continue;
            var content = Members(message).LastOrDefault(m => m.Name == "content").Value;
            LastUserContent = content.ValueKind == JsonValueKind.Undefined ? null : content.GetRawText();
        }
    }

    // 16, 16.0 and 1.6e1 are the same whole number; what is not positive counts as not there.
    private static long? Count(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Number) return null;
        var number = value.GetDouble();
        if (number != Math.Truncate(number) || number < 1) return null;
        return value.TryGetInt64(out var exact) ? exact : number >= long.MaxValue ? long.MaxValue : (long)number;
    }

    // A name with a lone surrogate is no text, and so none of ours.
    private static IEnumerable<(string Name, JsonElement Value)> Members(JsonElement element) =>
        element.EnumerateObject().Select(p => (NameOf(p), p.Value));

    private static string NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return "";
        }
    }

    private static string? StringOf(JsonElement element)
    {
        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string? Text(ReadOnlySpan<byte> json, JsonSpan span) =>
        span.IsPresent ? Encoding.UTF8.GetString(span.Of(json)) : null;
}
