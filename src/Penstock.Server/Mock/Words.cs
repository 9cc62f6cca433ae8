using System.Runtime.InteropServices;
using System.Text.Json;

namespace Penstock.Server.Mock;

/// <summary>Counts white-space separated words, which are the mock's tokens, without making strings of them.</summary>
internal static class Words
{
    /// <summary>The words of a string, of an array's elements, or of an object's <c>content</c> or <c>text</c>.</summary>
    public static int Count(JsonElement value)
    {
        var count = 0;
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                return Count(JsonMarshal.GetRawUtf8Value(value)[1..^1]);
            case JsonValueKind.Number:
                // A prompt may be given as token numbers.
                return 1;
            case JsonValueKind.Array:
                foreach (var element in value.EnumerateArray())
                    count += Count(element);
                return count;
            case JsonValueKind.Object:
                if (value.TryGetProperty("content"u8, out var content))
                    count += Count(content);
                if (value.TryGetProperty("text"u8, out var text))
                    count += Count(text);
                return count;
            default:
                return 0;
        }
    }

    private static int Count(ReadOnlySpan<byte> escaped)
    {
        var count = 0;
        var inWord = false;
        for (var i = 0; i < escaped.Length; i++)
        {
            var isSpace = escaped[i] == ' ';
            if (escaped[i] == '\\')
                isSpace = escaped[++i] is (byte)'n' or (byte)'t' or (byte)'r' or (byte)'f';

            if (!isSpace && !inWord)
                count++;

            inWord = !isSpace;
        }

        return count;
    }
}
