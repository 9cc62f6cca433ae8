using System.Buffers;

namespace Penstock.Protocol;

/// <summary>An event's data that is spread over several <c>data:</c> lines: joined by LF, and laid out again.</summary>
internal static class SseData
{
    /// <summary>Joins the data lines of an event, as a client would (WHATWG HTML, 9.2.6).</summary>
    public static byte[] Join(ReadOnlySpan<byte> raw)
    {
        var joined = new ArrayBufferWriter<byte>(raw.Length);
        var isFirst = true;
        foreach (var line in Lines(raw))
        {
            if (!TryGetData(raw[line], out var data)) continue;
            if (!isFirst) joined.Write("\n"u8);
            joined.Write(data);
            isFirst = false;
        }

        return joined.WrittenSpan.ToArray();
    }

    /// <summary>Writes an event again with other data; its other lines stay.</summary>
    public static void Rewrite(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> data, IBufferWriter<byte> output)
    {
        foreach (var line in Lines(raw))
        {
            if (raw[line].IsEmpty || TryGetData(raw[line], out _)) continue;
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
        if (line.StartsWith("\uFEFF"u8)) line = line[3..];
        data = default;
        if (!line.StartsWith("data"u8) || (line.Length > 4 && line[4] != (byte)':')) return false;
        data = line.Length > 4 ? line[5..] : default;
        if (data.StartsWith(" "u8)) data = data[1..];
        return true;
    }
}
