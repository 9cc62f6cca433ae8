namespace Penstock.Backends.Http.Engines;

/// <summary>
/// Walks over a page in Prometheus' text format, or OpenMetrics', sample by sample. What cannot be read is left out: the rest
/// of the page is as good without it.
/// </summary>
internal ref struct MetricScanner(ReadOnlySpan<byte> page)
{
    private ReadOnlySpan<byte> _rest = page;

    /// <summary>Goes to the next sample; false at the end.</summary>
    public bool Next(out MetricLine line)
    {
        while (!_rest.IsEmpty)
        {
            var end = _rest.IndexOf((byte)'\n');
            var text = (end < 0 ? _rest : _rest[..end]).Trim(" \t\r"u8);
            _rest = end < 0 ? default : _rest[(end + 1)..];
            if (!text.IsEmpty && text[0] != (byte)'#' && TryRead(text, out line)) return true;
        }

        line = default;
        return false;
    }

    private static bool TryRead(ReadOnlySpan<byte> text, out MetricLine line)
    {
        line = default;
        var nameEnd = text.IndexOfAny((byte)'{', (byte)' ', (byte)'\t');
        if (nameEnd <= 0) return false;
        ReadOnlySpan<byte> labels = default;
        var rest = text[nameEnd..];
        if (rest[0] == (byte)'{')
        {
            var close = EndOfLabels(rest);
            if (close < 0) return false;
            labels = rest[1..close];
            rest = rest[(close + 1)..];
        }

        line = new MetricLine(text[..nameEnd], labels, rest.TrimStart(" \t"u8));
        return true;
    }

    // A brace inside a label's value ends nothing.
    private static int EndOfLabels(ReadOnlySpan<byte> text)
    {
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == (byte)'}') return i;
            if (text[i] != (byte)'"') continue;
            var length = MetricLine.LengthOfQuoted(text[i..]);
            if (length == 0) return -1;
            i += length - 1;
        }

        return -1;
    }
}
