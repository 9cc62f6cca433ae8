using System.Buffers.Text;

namespace Penstock.Protocol;

/// <summary>Reads the <c>timings</c> of an answer of llama.cpp.</summary>
internal static class TimingsReader
{
    /// <summary>Reads the value that the cursor is at; null where it is no object, or says nothing of a prompt.</summary>
    public static AnswerTimings? Read(ref JsonCursor cursor, ReadOnlySpan<byte> json)
    {
        if (cursor.Peek() != (byte)'{')
        {
            cursor.SkipValue();
            return null;
        }

        double? cached = null, prompt = null, milliseconds = null, perSecond = null;
        cursor.BeginObject();
        while (cursor.NextMember(out var name))
        {
            if (name.Is(json, "cache_n"u8)) cached = ReadNumber(ref cursor, json);
            else if (name.Is(json, "prompt_n"u8)) prompt = ReadNumber(ref cursor, json);
            else if (name.Is(json, "prompt_ms"u8)) milliseconds = ReadNumber(ref cursor, json);
            else if (name.Is(json, "predicted_per_second"u8)) perSecond = ReadNumber(ref cursor, json);
            else cursor.SkipValue();
        }

        return cached is null && prompt is null ? null : new AnswerTimings((long)(cached ?? 0), (long)(prompt ?? 0), milliseconds ?? 0, perSecond ?? 0);
    }

    // What is not a number of anything, or more than any server could mean, is left out.
    private static double? ReadNumber(ref JsonCursor cursor, ReadOnlySpan<byte> json)
    {
        if (!cursor.SkipValue(out var span)) return null;
        var text = span.Of(json);
        return Utf8Parser.TryParse(text, out double number, out var length) && length == text.Length && number is >= 0 and <= 1e12 ? number : null;
    }
}
