using System.Buffers;

namespace Penstock.Protocol;

/// <summary>An event's data that is spread over several <c>data:</c> lines: joined by LF, and laid out again.</summary>
internal static class SseData
{
    /// <summary>Joins the data lines of an event, as a client would (WHATWG HTML, 9.2.6).</summary>
    /// <param name="span">An event's <see cref="SseEvent.Data"/>: it begins with the first line's value.</param>
    public static byte[] Join(ReadOnlySpan<byte> span)
    {
        var joined = new ArrayBufferWriter<byte>(Math.Max(span.Length, 1));
        var isFirst = true;
        foreach (var line in Lines(span))
        {
            if (isFirst)
            {
                joined.Write(span[line]);
            }
            else if (TryGetData(span[line], out var data))
            {
                joined.Write("\n"u8);
                joined.Write(data);
            }

            isFirst = false;
        }

        return joined.WrittenSpan.ToArray();
    }

    /// <summary>Writes an event again with other data; its other lines stay.</summary>
    public static void Rewrite(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> data, IBufferWriter<byte> output)
    {
        foreach (var line in Lines(raw))
        {
            // A byte order mark may open the stream; it goes with the line that it stands before.
            var text = raw[line].StartsWith("\uFEFF"u8) ? raw[line][3..] : raw[line];
            if (text.IsEmpty || TryGetData(text, out _)) continue;
            output.Write(raw[line]);
            output.Write("\n"u8);
        }

        foreach (var line in data.Split((byte)'\n'))
        {
            output.Write("data: "u8);
            output.Write(data[line]);
            output.Write("\n"u8);
        }

        output.Write("\n"u8);
    }

    private static List<Range> Lines(ReadOnlySpan<byte> raw)
    {
        var lines = new List<Range>();
        var start = 0;
        while (start < raw.Length)
        {
            var length = raw[start..].IndexOfAny((byte)'\r', (byte)'\n');
            var end = length < 0 ? raw.Length : start + length;
            lines.Add(start..end);
            start = end + 1;
            if (end < raw.Length && raw[end] == (byte)'\r' && start < raw.Length && raw[start] == (byte)'\n') start++;
        }

        return lines;
    }

    private static bool TryGetData(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> data)
    {
        data = default;
        if (!line.StartsWith("data"u8) || (line.Length > 4 && line[4] != (byte)':')) return false;
        data = line.Length > 4 ? line[5..] : default;
        if (data.StartsWith(" "u8)) data = data[1..];
        return true;
    }
}
