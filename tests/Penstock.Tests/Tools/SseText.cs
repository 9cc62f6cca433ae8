using System.Text.Json;

namespace Penstock.Tests.Tools;

/// <summary>
/// Reads a whole event stream by the letter of the WHATWG HTML standard (9.2.6, "Interpreting an event stream"), with
/// strings and lists: slow, and independent of what it checks.
/// </summary>
internal sealed class SseText
{
    private readonly List<SseEvent> _events = [];
    private readonly List<string> _comments = [];

    private SseText()
    {
    }

    public IReadOnlyList<SseEvent> Events => _events;

    /// <summary>The text after each line's leading colon.</summary>
    public IReadOnlyList<string> Comments => _comments;

    /// <summary>Whether the text ends within an event, which a client throws away.</summary>
    public bool EndsWithinEvent { get; private set; }

    public IReadOnlyList<string> Data => [.. _events.Select(e => e.Data)];

    /// <summary>Whether the last event is <c>[DONE]</c>, and no other is.</summary>
    public bool IsDone => _events.Count(e => e.Data == "[DONE]") == 1 && _events[^1].Data == "[DONE]" && !EndsWithinEvent;

    /// <summary>The data of every event but <c>[DONE]</c>, as JSON.</summary>
    /// <exception cref="JsonException">One is not JSON.</exception>
    public IReadOnlyList<JsonElement> Json =>
        [.. Data.Where(d => d != "[DONE]").Select(d => JsonSerializer.Deserialize<JsonElement>(d))];

    /// <summary>The text of the first choice of a chat completion's chunks, put together.</summary>
    public string Content => string.Concat(Json.Select(Delta));

    public static SseText Parse(string body)
    {
        var result = new SseText();
        string data = "", type = "", id = "";
        var lines = Lines(body.StartsWith('\uFEFF') ? body[1..] : body, out var rest);
        foreach (var line in lines)
        {
            if (line.Length == 0)
            {
                if (data.Length > 0)
                    result._events.Add(new SseEvent(type.Length == 0 ? "message" : type, data[..^1], id));
                (data, type) = ("", "");
                continue;
            }

            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon == 0)
            {
                result._comments.Add(line[1..]);
                continue;
            }

            var field = colon < 0 ? line : line[..colon];
            var value = colon < 0 ? "" : line[(colon + 1)..];
            if (value.StartsWith(' '))
                value = value[1..];
            switch (field)
            {
                case "data":
                    data += value + "\n";
                    break;
                case "event":
                    type = value;
                    break;
                case "id" when !value.Contains('\0', StringComparison.Ordinal):
                    id = value;
                    break;
            }
        }

        result.EndsWithinEvent = data.Length > 0 || rest.Length > 0;
        return result;
    }

    // The last line need not be ended in the standard's grammar; it makes no event either way, since no empty line follows.
    private static List<string> Lines(string text, out string rest)
    {
        var lines = new List<string>();
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is not ('\r' or '\n'))
                continue;
            lines.Add(text[start..i]);
            if (text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n')
                i++;
            start = i + 1;
        }

        rest = text[start..];
        return lines;
    }

    private static string? Delta(JsonElement chunk) =>
        chunk.TryGetProperty("choices", out var choices)
        && choices.GetArrayLength() > 0
        && choices[0].TryGetProperty("delta", out var delta)
        && delta.TryGetProperty("content", out var content)
            ? content.GetString()
            : null;
}
