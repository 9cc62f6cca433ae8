using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Encodings.Web;

namespace Penstock.Telemetry;

/// <summary>
/// Builds one line, as text or as JSON, in a span that its caller owns. What does not fit is cut, and the line stays
/// well formed; values from outside are escaped, so that none can pretend to be another field or another line.
/// </summary>
internal ref struct LogLine
{
    // Room for the line's end, whatever was cut before it.
    private const int Tail = 4;

    // A key's punctuation, a number and a closing quote: a field is begun only where these fit.
    private const int FieldOverhead = 32;

    private static readonly SearchValues<char> NeedsQuotes = SearchValues.Create(" =\"");

    private readonly Span<byte> _buffer;
    private readonly LogFormat _format;
    private int _length;
    private bool _isFirst;

    public LogLine(Span<byte> buffer, LogFormat format, DateTimeOffset time, ReadOnlySpan<byte> level)
    {
        _buffer = buffer;
        _format = format;
        _isFirst = true;
        Span<byte> stamp = stackalloc byte[33];
        Utf8Formatter.TryFormat(time.UtcDateTime, stamp, out _, new StandardFormat('O'));
        // 2026-01-02T03:04:05.678 of the seven digits that the format has.
        stamp[23] = (byte)'Z';
        if (format == LogFormat.Json)
        {
            Raw("{"u8);
            Ascii("time"u8, stamp[..24]);
            Ascii("level"u8, level);
        }
        else
        {
            Raw(stamp[..24]);
            Raw(" "u8);
            Raw(level);
            _isFirst = false;
        }
    }

    /// <summary>The line, finished.</summary>
    public ReadOnlySpan<byte> Finish()
    {
        if (_format == LogFormat.Json) _buffer[_length++] = (byte)'}';
        _buffer[_length++] = (byte)'\n';
        return _buffer[.._length];
    }

    /// <summary>What the line is about: a word of ours, like <c>access</c>.</summary>
    public void Event(ReadOnlySpan<byte> name)
    {
        if (_format == LogFormat.Json)
        {
            Ascii("event"u8, name);
            return;
        }

        Raw(" "u8);
        Raw(name);
    }

    /// <summary>Free text; in text lines without its key.</summary>
    public void Message(ReadOnlySpan<char> message)
    {
        if (_format == LogFormat.Json)
        {
            Text("message"u8, message);
            return;
        }

        Raw(" "u8);
        Escape(message, Free.Length);
    }

    /// <summary>A value from outside.</summary>
    /// <param name="key">The field's name, one of ours.</param>
    /// <param name="value">The value; it is escaped.</param>
    /// <param name="longest">How many bytes of the line it may take, escaped: what is longer is cut, so that the fields after it have room.</param>
    public void Text(ReadOnlySpan<byte> key, ReadOnlySpan<char> value, int longest = int.MaxValue)
    {
        if (IsFull(key)) return;
        Key(key);
        var quote = _format == LogFormat.Json || value.IsEmpty || value.ContainsAny(NeedsQuotes);
        if (quote) Raw("\""u8);
        // One byte stays free for the closing quote.
        Escape(value, Math.Min(longest, Free.Length - 1));
        if (quote) Raw("\""u8);
    }

    public void Number(ReadOnlySpan<byte> key, long value)
    {
        if (IsFull(key)) return;
        Key(key);
        Utf8Formatter.TryFormat(value, Free, out var written);
        _length += written;
    }

    /// <summary>Milliseconds with three decimals.</summary>
    public void Milliseconds(ReadOnlySpan<byte> key, TimeSpan value)
    {
        if (IsFull(key)) return;
        Key(key);
        var microseconds = Math.Max(0, (long)value.TotalMicroseconds);
        Utf8Formatter.TryFormat(microseconds / 1000, Free, out var written);
        _length += written;
        Raw("."u8);
        Utf8Formatter.TryFormat(microseconds % 1000, Free, out written, new StandardFormat('D', 3));
        _length += written;
    }

    private readonly Span<byte> Free => _buffer[_length..^Tail];

    private void Ascii(scoped ReadOnlySpan<byte> key, scoped ReadOnlySpan<byte> value)
    {
        Key(key);
        Raw("\""u8);
        Raw(value);
        Raw("\""u8);
    }

    private void Key(scoped ReadOnlySpan<byte> key)
    {
        if (_format == LogFormat.Json)
        {
            Raw(_isFirst ? "\""u8 : ",\""u8);
            Raw(key);
            Raw("\":"u8);
        }
        else
        {
            Raw(" "u8);
            Raw(key);
            Raw("="u8);
        }

        _isFirst = false;
    }

    // JSON's escapes serve both formats: no control character, no quote and no line end comes through as itself.
    private void Escape(ReadOnlySpan<char> value, int room)
    {
        Span<byte> utf8 = stackalloc byte[256];
        while (!value.IsEmpty)
        {
            Encode(value, utf8, out var read, out var written);
            if (written > room)
            {
                // At the end one character at a time: what fits stays.
                Rune.DecodeFromUtf16(value, out _, out var one);
                Encode(value[..one], utf8, out read, out written);
                if (written > room) return;
            }

            Raw(utf8[..written]);
            room -= written;
            value = value[read..];
        }
    }

    private static void Encode(ReadOnlySpan<char> value, Span<byte> utf8, out int read, out int written)
    {
        Span<char> escaped = stackalloc char[80];
        JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(value, escaped, out read, out var length, isFinalBlock: true);
        written = Encoding.UTF8.GetBytes(escaped[..length], utf8);
    }

    private readonly bool IsFull(ReadOnlySpan<byte> key) => Free.Length < key.Length + FieldOverhead;

    private void Raw(scoped ReadOnlySpan<byte> bytes)
    {
        if (bytes.TryCopyTo(Free)) _length += bytes.Length;
    }
}
