using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Penstock.Bench.Wire;

/// <summary>A streamed answer, line by line.</summary>
/// <param name="started">The timestamp of the request.</param>
internal sealed class WireAnswer(long started)
{
    private const string Data = "data: ";

    private readonly StringBuilder _text = new();
    private bool _isDone;

    public string Text => _text.ToString();

    /// <summary>Time from the request to the first text.</summary>
    public TimeSpan FirstToken { get; private set; }

    public int PromptTokens { get; private set; }

    public int AnswerTokens { get; private set; }

    /// <summary>By <c>cached_tokens</c> or, of llama.cpp, by <c>cache_n</c>.</summary>
    public int Cached { get; private set; }

    /// <summary>Whether it has text, its usage and its end.</summary>
    public bool IsWhole => _isDone && _text.Length > 0 && PromptTokens > 0;

    /// <exception cref="JsonException">It is no event of a chat completion.</exception>
    public void Take(string line)
    {
        if (!line.StartsWith(Data, StringComparison.Ordinal)) return;
        if (line.AsSpan(Data.Length) is "[DONE]")
        {
            _isDone = true;
            return;
        }

        using var json = JsonDocument.Parse(line.AsMemory(Data.Length));
        var chunk = json.RootElement;
        if (chunk.TryGetProperty("choices", out var choices) && choices.GetArrayLength() > 0
            && choices[0].GetProperty("delta").TryGetProperty("content", out var content) && content.GetString() is { Length: > 0 } piece)
        {
            if (_text.Length == 0) FirstToken = Stopwatch.GetElapsedTime(started);
            _text.Append(piece);
        }

        if (chunk.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object)
        {
            PromptTokens = usage.GetProperty("prompt_tokens").GetInt32();
            AnswerTokens = usage.GetProperty("completion_tokens").GetInt32();
            if (usage.TryGetProperty("prompt_tokens_details", out var details) && details.TryGetProperty("cached_tokens", out var cached)) Cached = cached.GetInt32();
        }

        if (chunk.TryGetProperty("timings", out var timings)) Cached = timings.GetProperty("cache_n").GetInt32();
    }
}
