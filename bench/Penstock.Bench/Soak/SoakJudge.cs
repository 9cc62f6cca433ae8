using System.Text.Json;

namespace Penstock.Bench.Soak;

/// <summary>Judges an answer by all that the gateway promises of one, and not by what happened to it on the way.</summary>
internal static class SoakJudge
{
    public static SoakVerdict Whole(int status, string body)
    {
        if (!TryParse(body, out var json))
            return SoakVerdict.Wrong($"status {status} without JSON");
        if (ErrorOf(json) is { } code)
            return status >= 400 ? new SoakVerdict(SoakOutcome.ClearError, $"{status} {code}") : SoakVerdict.Wrong($"{status} with an error");
        if (status != 200)
            return SoakVerdict.Wrong($"status {status} without an error");
        var choice = json.GetProperty("choices")[0];
        if (choice.GetProperty("message").GetProperty("content").GetString() != SoakAnswers.Text)
            return SoakVerdict.Wrong("another text");
        return choice.GetProperty("finish_reason").GetString() == "stop"
            ? new SoakVerdict(SoakOutcome.Whole)
            : SoakVerdict.Wrong("no finish_reason");
    }

    /// <param name="text">The body to its end.</param>
    /// <param name="wantsUsage">Whether the caller asked for the usage.</param>
    public static SoakVerdict Stream(string text, bool wantsUsage)
    {
        if (!text.EndsWith("\n\n", StringComparison.Ordinal))
            return SoakVerdict.Wrong("ended within an event");
        var chunks = new List<JsonElement>();
        var done = false;
        foreach (var line in text.Split('\n'))
        {
            if (!line.StartsWith("data: ", StringComparison.Ordinal))
                continue;
            if (done)
                return SoakVerdict.Wrong("an event behind [DONE]");
            done = line == "data: [DONE]";
            if (done)
                continue;
            if (!TryParse(line[6..], out var chunk))
                return SoakVerdict.Wrong("an event that is no JSON");
            chunks.Add(chunk);
        }

        if (chunks.Count == 0)
            return SoakVerdict.Wrong("no event");
        var said = string.Concat(chunks.Select(c => DeltaOf(c, "content")));
        if (ErrorOf(chunks[^1]) is { } code)
        {
            if (done)
                return SoakVerdict.Wrong("[DONE] behind an error");
            return SoakAnswers.Text.StartsWith(said, StringComparison.Ordinal)
                ? new SoakVerdict(SoakOutcome.ClearError, $"event {code}")
                : SoakVerdict.Wrong("another text before an error");
        }

        if (!done)
            return SoakVerdict.Wrong("ended without [DONE] and without an error");
        return Complete(chunks, said, wantsUsage);
    }

    private static SoakVerdict Complete(List<JsonElement> chunks, string said, bool wantsUsage)
    {
        if (said != SoakAnswers.Text)
            return SoakVerdict.Wrong(said.Length < SoakAnswers.Text.Length ? "truncated, with [DONE]" : "another text, with [DONE]");
        if (chunks.Count(c => DeltaOf(c, "role") is not null) != 1)
            return SoakVerdict.Wrong("not one role chunk");
        if (chunks.Count(IsFinish) != 1)
            return SoakVerdict.Wrong("not one finish_reason");
        if (chunks.Select(c => c.GetProperty("id").GetString()).Distinct().Count() != 1)
            return SoakVerdict.Wrong("several ids");
        var usages = chunks.Count(c => c.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object);
        return usages == (wantsUsage ? 1 : 0)
            ? new SoakVerdict(SoakOutcome.Whole)
            : SoakVerdict.Wrong($"{usages} chunks with usage");
    }

    private static bool TryParse(string text, out JsonElement json)
    {
        try
        {
            json = JsonSerializer.Deserialize<JsonElement>(text);
            return json.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            json = default;
            return false;
        }
    }

    private static string? ErrorOf(JsonElement json) =>
        json.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object
            ? error.TryGetProperty("code", out var code) && code.ValueKind == JsonValueKind.String ? code.GetString() : "without code"
            : null;

    private static string? DeltaOf(JsonElement chunk, string name) =>
        chunk.TryGetProperty("choices", out var choices)
        && choices.GetArrayLength() > 0
        && choices[0].TryGetProperty("delta", out var delta)
        && delta.TryGetProperty(name, out var value)
            ? value.GetString()
            : null;

    private static bool IsFinish(JsonElement chunk) =>
        chunk.TryGetProperty("choices", out var choices)
        && choices.GetArrayLength() > 0
        && choices[0].TryGetProperty("finish_reason", out var reason)
        && reason.ValueKind == JsonValueKind.String;
}
