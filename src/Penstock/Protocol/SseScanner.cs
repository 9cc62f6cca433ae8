namespace Penstock.Protocol;

/// <summary>
/// Finds server-sent events in a buffer that fills read by read, however the reads cut them
/// (WHATWG HTML, 9.2.6: lines end in LF, CRLF or CR; a blank line ends an event). It looks at each byte once.
/// The owner of the buffer tells it when bytes at the front were dropped.
/// </summary>
internal struct SseScanner
{
    private int _eventStart;
    private int _lineStart;
    private int _next;
    private bool _afterCarriageReturn;
    private bool _hasLines;
    private bool _pastFirstLine;
    private int _dataStart;
    private int _dataEnd;
    private int _dataLines;
    private JsonSpan _name;

    /// <summary>Where the event that is not complete yet begins: what lies before it has been handed out.</summary>
    public readonly int Consumed => _eventStart;

    /// <summary>Finds the next whole event among the bytes that are there.</summary>
    public bool TryRead(ReadOnlySpan<byte> buffer, out SseEvent found)
    {
        while (_next < buffer.Length)
        {
            if (_afterCarriageReturn)
            {
                // The line ended at the CR, which may have been the last byte of a read: this LF belongs to it.
                _afterCarriageReturn = false;
                if (buffer[_next] == (byte)'\n')
                {
                    _lineStart = ++_next;
                    continue;
                }
            }

            var length = buffer[_next..].IndexOfAny((byte)'\r', (byte)'\n');
            if (length < 0)
            {
                _next = buffer.Length;
                break;
            }

            var end = _next + length;
            _next = end + 1;
            if (buffer[end] == (byte)'\r')
            {
                if (_next == buffer.Length) _afterCarriageReturn = true;
                else if (buffer[_next] == (byte)'\n') _next++;
            }

            if (!_pastFirstLine) SkipMark(buffer, end);
            var isBlank = end == _lineStart;
            if (!isBlank) ReadLine(buffer, end);
            _lineStart = _next;
            if (isBlank && _hasLines)
            {
                found = Take(_next);
                return true;
            }
        }

        found = default;
        return false;
    }

    /// <summary>
    /// At the end of the stream: takes what is left as an event, although nothing ended it. The standard drops it,
    /// but servers exist that forget the last line ends. Whether the event is whole is for the reader of its data to say.
    /// </summary>
    public bool TryReadLast(ReadOnlySpan<byte> buffer, out SseEvent found)
    {
        if (!_pastFirstLine) SkipMark(buffer, buffer.Length);
        if (_lineStart < buffer.Length)
        {
            ReadLine(buffer, buffer.Length);
            _lineStart = _next = buffer.Length;
        }

        if (!_hasLines)
        {
            found = default;
            return false;
        }

        found = Take(buffer.Length);
        return true;
    }

    /// <summary>The owner has dropped this many bytes from the front of the buffer, none of them after <see cref="Consumed"/>.</summary>
    public void Shift(int count)
    {
        _eventStart -= count;
        _lineStart -= count;
        _next -= count;
        _dataStart -= count;
        _dataEnd -= count;
        if (_name.IsPresent) _name = _name with { Start = _name.Start - count };
    }

    private SseEvent Take(int end)
    {
        var found = new SseEvent(
            new JsonSpan(_eventStart, end - _eventStart),
            _dataLines == 0 ? default : new JsonSpan(_dataStart, _dataEnd - _dataStart),
            _dataLines,
            _name);
        _eventStart = end;
        _hasLines = false;
        _dataLines = 0;
        _name = default;
        return found;
    }

    // A byte order mark may open the stream, and is no part of its first line.
    private void SkipMark(ReadOnlySpan<byte> buffer, int end)
    {
        _pastFirstLine = true;
        if (buffer[_lineStart..end].StartsWith("\uFEFF"u8)) _lineStart += 3;
    }

    private void ReadLine(ReadOnlySpan<byte> buffer, int end)
    {
        var start = _lineStart;
        _hasLines = true;
        var line = buffer[start..end];
        if (line.StartsWith("data"u8) && TryGetValue(line, 4, out var value))
        {
            if (_dataLines++ == 0) _dataStart = start + value;
            _dataEnd = end;
        }
        else if (line.StartsWith("event"u8) && TryGetValue(line, 5, out value))
        {
            // An empty name is none: a span of no length has no place that could move with the buffer.
            _name = line.Length == value ? default : new JsonSpan(start + value, line.Length - value);
        }
    }

    // "data: x", "data:x" and "data" are the same field; "database: x" is another one.
    private static bool TryGetValue(ReadOnlySpan<byte> line, int nameLength, out int start)
    {
        start = nameLength;
        if (line.Length == nameLength) return true;
        if (line[nameLength] != (byte)':') return false;
        start++;
        if (line.Length > start && line[start] == (byte)' ') start++;
        return true;
    }
}
