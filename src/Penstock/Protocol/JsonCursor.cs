using System.Buffers;

namespace Penstock.Protocol;

/// <summary>
/// Walks over JSON text (RFC 8259) once, forwards, and says where things are. It checks all that it passes, skipped
/// values too, and never throws: after the first error every step fails.
/// </summary>
/// <remarks>
/// It exists because prompts are long strings full of escaped line ends. The framework's reader goes on byte by byte
/// after the first escape of a string; this one searches for the next with vector instructions, as it does for the
/// string's end. UTF-8 is not checked here: <see cref="System.Text.Unicode.Utf8.IsValid"/> does that for a whole body.
/// </remarks>
internal ref struct JsonCursor
{
    // What ends the plain part of a string: its quote, an escape, or a control character, which must be escaped.
    private static readonly SearchValues<byte> StringStops = SearchValues.Create(
        [(byte)'"', (byte)'\\', .. Enumerable.Range(0, 0x20).Select(b => (byte)b)]);

    private static readonly SearchValues<byte> Digits = SearchValues.Create("0123456789"u8);

    // Whether a longer string has escapes is not looked for: nobody asks that of what is no name.
    private const int LongestName = 64;

    private readonly ReadOnlySpan<byte> _json;
    private readonly int _maxDepth;
    private int _position;
    private int _depth;
    private bool _needsComma;
    private bool _isValid;

    public JsonCursor(ReadOnlySpan<byte> json, int maxDepth)
    {
        _json = json;
        _maxDepth = maxDepth;
    }

    /// <summary>A cursor over text that one has been over before, and found no fault with.</summary>
    public static JsonCursor OverValid(ReadOnlySpan<byte> json, int maxDepth) => new(json, maxDepth) { _isValid = true };

    /// <summary>What is wrong with the text; null while nothing is.</summary>
    public string? Error { get; private set; }

    public readonly bool HasFailed => Error is not null;

    /// <summary>Whether some character was escaped that has a shorter form: <c>\u</c> or <c>\/</c>. Of text that is known to be valid it does not say.</summary>
    public bool HasLongEscapes { get; private set; }

    /// <summary>Where the next token begins, or where the error is.</summary>
    public readonly int Position => _position;

    /// <summary>The first byte of the value that comes: <c>{</c>, <c>[</c>, <c>"</c>, <c>t</c>, <c>f</c>, <c>n</c>, or a number's; 0 where there is none.</summary>
    public byte Peek()
    {
        SkipWhiteSpace();
        return _position < _json.Length && !HasFailed ? _json[_position] : (byte)0;
    }

    /// <summary>Enters an object. Its members are read with <see cref="NextMember"/> until that says false.</summary>
    public bool BeginObject() => Enter((byte)'{', "an object is expected");

    /// <summary>Enters an array. Its elements are read with <see cref="NextElement"/> until that says false.</summary>
    public bool BeginArray() => Enter((byte)'[', "an array is expected");

    /// <summary>Goes to the value of the next member. False at the object's end, which is passed, and on an error.</summary>
    public bool NextMember(out JsonString name)
    {
        name = default;
        if (!NextItem((byte)'}', "',' or '}' is expected")) return false;
        if (!ReadString(out name)) return false;
        if (Peek() != (byte)':') return Fail("':' is expected");
        _position++;
        return true;
    }

    /// <summary>Goes to the next element. False at the array's end, which is passed, and on an error.</summary>
    public bool NextElement() => NextItem((byte)']', "',' or ']' is expected");

    /// <summary>Reads a string.</summary>
    public bool ReadString(out JsonString text)
    {
        text = default;
        if (Peek() != (byte)'"') return Fail("a string is expected");
        var start = _position++;
        if (_isValid) return SkipToQuote(start, out text);
        var isEscaped = false;
        while (true)
        {
            var length = _json[_position..].IndexOfAny(StringStops);
            if (length < 0)
            {
                _position = _json.Length;
                return Fail("the text ends inside a string");
            }

            _position += length;
            switch (_json[_position])
            {
                case (byte)'"':
                    _position++;
                    _needsComma = true;
                    text = new JsonString(new JsonSpan(start, _position - start), isEscaped);
                    return true;
                case (byte)'\\':
                    isEscaped = true;
                    if (!SkipEscape()) return false;
                    break;
                default:
                    return Fail("a control character in a string must be escaped");
            }
        }
    }

    // Of what is known to be well formed only the end is looked for, not each escape.
    private bool SkipToQuote(int start, out JsonString text)
    {
        while (true)
        {
            _position += _json[_position..].IndexOf((byte)'"') + 1;
            var before = _json[(start + 1)..(_position - 1)];
            if (JsonEscapes.AreOpenAtEndOf(before)) continue;
            _needsComma = true;
            text = new JsonString(new JsonSpan(start, _position - start), before.Length > LongestName || before.Contains((byte)'\\'));
            return true;
        }
    }

    /// <summary>Passes over a value of any kind, checking it.</summary>
    public bool SkipValue(out JsonSpan value)
    {
        var first = Peek();
        var start = _position;
        var isValid = first switch
        {
            (byte)'"' => ReadString(out _),
            (byte)'{' => SkipObject(),
            (byte)'[' => SkipArray(),
            (byte)'t' => SkipLiteral("true"u8),
            (byte)'f' => SkipLiteral("false"u8),
            (byte)'n' => SkipLiteral("null"u8),
            (byte)'-' or (>= (byte)'0' and <= (byte)'9') => SkipNumber(),
            _ => Fail(_position == _json.Length ? "the text ends where a value is expected" : "a value is expected"),
        };
        value = isValid ? new JsonSpan(start, _position - start) : default;
        return isValid;
    }

    public bool SkipValue() => SkipValue(out _);

    /// <summary>Whether nothing but white space is left.</summary>
    public bool End()
    {
        SkipWhiteSpace();
        return HasFailed || _position == _json.Length ? !HasFailed : Fail("something follows the end of the JSON text");
    }

    private bool Enter(byte bracket, string expected)
    {
        if (Peek() != bracket) return Fail(expected);
        if (++_depth > _maxDepth) return Fail($"it is nested deeper than {_maxDepth}");
        _position++;
        _needsComma = false;
        return true;
    }

    private bool NextItem(byte end, string expected)
    {
        var next = Peek();
        if (next == end)
        {
            _position++;
            _depth--;
            _needsComma = true;
            return false;
        }

        if (!_needsComma) return HasFailed || next != 0 ? !HasFailed : Fail("the text ends too early");
        if (next != (byte)',') return Fail(next == 0 ? "the text ends too early" : expected);
        _position++;
        if (Peek() == end) return Fail("a comma must be followed by another value");
        _needsComma = false;
        return true;
    }

    private bool SkipObject()
    {
        if (!BeginObject()) return false;
        while (NextMember(out _))
        {
            if (!SkipValue()) return false;
        }

        return !HasFailed;
    }

    private bool SkipArray()
    {
        if (!BeginArray()) return false;
        while (NextElement())
        {
            if (!SkipValue()) return false;
        }

        return !HasFailed;
    }

    private bool SkipLiteral(ReadOnlySpan<byte> literal)
    {
        if (!_json[_position..].StartsWith(literal)) return Fail("a value is expected");
        _position += literal.Length;
        _needsComma = true;
        return true;
    }

    // -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
    private bool SkipNumber()
    {
        if (At('-')) _position++;
        if (At('0')) _position++;
        else if (!SkipDigits()) return false;
        if (At('.'))
        {
            _position++;
            if (!SkipDigits()) return false;
        }

        if (At('e') || At('E'))
        {
            _position++;
            if (At('+') || At('-')) _position++;
            if (!SkipDigits()) return false;
        }

        _needsComma = true;
        return true;
    }

    private bool SkipDigits()
    {
        var rest = _json[_position..];
        var length = rest.IndexOfAnyExcept(Digits);
        if (length < 0) length = rest.Length;
        if (length == 0) return Fail("a digit is expected");
        _position += length;
        return true;
    }

    private bool SkipEscape()
    {
        var rest = _json[(_position + 1)..];
        if (rest.IsEmpty) return Fail("the text ends inside a string");
        if (rest[0] != (byte)'u')
        {
            if (!"\"\\/bfnrt"u8.Contains(rest[0])) return Fail("this is not an escape that JSON knows");
            HasLongEscapes |= rest[0] == (byte)'/';
            _position += 2;
            return true;
        }

        for (var i = 1; i <= 4; i++)
        {
            if (i >= rest.Length || !char.IsAsciiHexDigit((char)rest[i])) return Fail("'\\u' must be followed by four hexadecimal digits");
        }

        HasLongEscapes = true;
        _position += 6;
        return true;
    }

    private readonly bool At(char c) => _position < _json.Length && _json[_position] == c;

    private void SkipWhiteSpace()
    {
        while (_position < _json.Length && _json[_position] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t') _position++;
    }

    private bool Fail(string error)
    {
        Error ??= error;
        return false;
    }
}
