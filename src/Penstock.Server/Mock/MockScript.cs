using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Penstock.Server.Mock;

/// <summary>What the mock says: the content, and its tokens, which put together are the content.</summary>
internal sealed class MockScript
{
    private MockScript(List<string> tokens)
    {
        Tokens = [.. tokens.Select(Encode)];
        Content = Encode(string.Concat(tokens));
    }

    public JsonEncodedText Content { get; }

    public IReadOnlyList<JsonEncodedText> Tokens { get; }

    /// <param name="content">What to say.</param>
    /// <param name="count">In how many tokens: fewer than its words cut it, more repeat it. Null: its words.</param>
    public static MockScript Create(string content, int? count)
    {
        var words = Split(content);
        if (count is null || words.Count == 0)
            return new MockScript(words);

        var tokens = new List<string>(count.Value);
        for (var i = 0; i < count; i++)
        {
            var word = words[i % words.Count];
            tokens.Add(i > 0 && i % words.Count == 0 && !EndsInSpace(tokens[i - 1]) ? " " + word : word);
        }

        return new MockScript(tokens);
    }

    private static JsonEncodedText Encode(string text) =>
        JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);

    private static bool EndsInSpace(string text) => char.IsWhiteSpace(text[^1]);

    // Each word with the white space before it; the last one also with the white space behind it.
    private static List<string> Split(string content)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var inWord = false;
        foreach (var c in content)
        {
            var isSpace = char.IsWhiteSpace(c);
            if (isSpace && inWord)
            {
                words.Add(word.ToString());
                word.Clear();
            }

            word.Append(c);
            inWord = !isSpace;
        }

        if (inWord || words.Count == 0 && word.Length > 0)
            words.Add(word.ToString());
        else if (word.Length > 0)
            words[^1] += word;

        return words;
    }
}
