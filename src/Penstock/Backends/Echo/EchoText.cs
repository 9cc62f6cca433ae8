using System.Text;
using System.Text.Json;
using Penstock.Protocol;

namespace Penstock.Backends.Echo;

/// <summary>The text that is echoed, and its words.</summary>
internal static class EchoText
{
    /// <summary>The text of the last user message: a string, or the text parts of an array, joined.</summary>
    public static string OfLastUserMessage(ReadOnlySpan<byte> json, in ChatRequest request)
    {
        if (!request.LastUserContent.IsPresent) return "";
        var reader = new Utf8JsonReader(request.LastUserContent.Of(json));
        reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.String => TextOf(ref reader),
            JsonTokenType.StartArray => TextOfParts(ref reader),
            _ => "",
        };
    }

    public static int CountWords(ReadOnlySpan<char> text)
    {
        var count = 0;
        var isInWord = false;
        foreach (var c in text)
        {
            var isWord = !char.IsWhiteSpace(c);
            if (isWord && !isInWord) count++;
            isInWord = isWord;
        }

        return count;
    }

    /// <summary>Cuts a text into words, each with the white space before it, so that they join to the same text.</summary>
    public static List<string> Words(string text)
    {
        var words = new List<string>();
        var start = 0;
        while (start < text.Length)
        {
            var word = start;
            while (word < text.Length && char.IsWhiteSpace(text[word])) word++;
            var end = word;
            while (end < text.Length && !char.IsWhiteSpace(text[end])) end++;
            // White space at the very end belongs to the last word.
            if (word == end && words.Count > 0) words[^1] += text[start..];
            else words.Add(text[start..end]);
            start = end;
        }

        return words;
    }

    private static string TextOfParts(ref Utf8JsonReader reader)
    {
        var text = new StringBuilder();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isText = reader.Is("text"u8);
                reader.Read();
                if (isText && reader.TokenType == JsonTokenType.String) text.Append(TextOf(ref reader));
                else reader.Skip();
            }
        }

        return text.ToString();
    }

    /// <summary>A string token's text. A lone surrogate is valid JSON but no text: such a one becomes the replacement character.</summary>
    public static string TextOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            return "\uFFFD";
        }
    }
}
