using System.Buffers.Text;

namespace Penstock.Protocol;

/// <summary>Reads a whole answer, or one chunk of a stream, once: what is in it and where, without a document.</summary>
internal ref struct AnswerScanner
{
    // Deeper than any answer; what a tool's arguments nest is inside a string.
    private const int MaxDepth = 256;

    private readonly ReadOnlySpan<byte> _json;
    private JsonCursor _cursor;
    private AnswerFacts _facts;
    private long? _promptTokens;
    private long? _completionTokens;
    private long? _totalTokens;
    private long? _cachedTokens;
    private long? _reasoningTokens;

    private AnswerScanner(ReadOnlySpan<byte> json)
    {
        _json = json;
        _cursor = new JsonCursor(json, MaxDepth);
    }

    /// <summary>Scans an answer. False when it is not one JSON object.</summary>
    public static bool TryScan(ReadOnlySpan<byte> json, out AnswerFacts facts)
    {
        var scanner = new AnswerScanner(json);
        var isObject = scanner.Scan();
        facts = isObject ? scanner._facts : default;
        return isObject;
    }

    private bool Scan()
    {
        if (!_cursor.BeginObject()) return false;
        _facts.ObjectStart = _cursor.Position - 1;
        _facts.IsEmptyObject = true;
        while (_cursor.NextMember(out var name))
        {
            _facts.IsEmptyObject = false;
            ReadMember(name);
        }

        if (!_cursor.End()) return false;
        // Who reranks has a total only.
        if (_promptTokens is null && _completionTokens is null) _promptTokens = _totalTokens;
        if (_promptTokens is not null || _completionTokens is not null)
            _facts.Usage = new TokenUsage(_promptTokens ?? 0, _completionTokens ?? 0, _cachedTokens ?? _facts.Timings?.CachedTokens, _reasoningTokens ?? 0);
        return true;
    }

    private void ReadMember(JsonString name)
    {
        if (name.Is(_json, "id"u8)) ReadValue(ref _facts.Id, ref _facts.SecondId);
        else if (name.Is(_json, "choices"u8)) ReadChoices();
        else if (name.Is(_json, "usage"u8)) ReadUsage();
        else if (name.Is(_json, "model"u8)) ReadString(ref _facts.Model);
        else if (name.Is(_json, "backend"u8)) ReadValue(ref _facts.Backend, ref _facts.SecondBackend);
        else if (name.Is(_json, "error"u8)) ReadError();
        else if (name.Is(_json, "type"u8)) ReadString(ref _facts.Type);
        else if (name.Is(_json, "response"u8)) ReadResponse();
        else if (name.Is(_json, "delta"u8)) ReadContent();
        else if (name.Is(_json, "timings"u8)) _facts.Timings = TimingsReader.Read(ref _cursor, _json);
        else _cursor.SkipValue();
    }

    private void ReadValue(ref JsonSpan first, ref JsonSpan second)
    {
        if (!_cursor.SkipValue(out var value)) return;
        if (first.IsPresent) second = value;
        else first = value;
    }

    private void ReadString(ref JsonSpan span)
    {
        var isString = _cursor.Peek() == (byte)'"';
        if (_cursor.SkipValue(out var value) && isString) span = value;
    }

    private void ReadError()
    {
        var isNull = _cursor.Peek() == (byte)'n';
        if (_cursor.SkipValue(out var value) && !isNull) _facts.Error = value;
    }

    // {"type":"response.completed","response":{…,"usage":{"input_tokens":…}}}
    private void ReadResponse()
    {
        if (!TryBeginObject()) return;
        while (_cursor.NextMember(out var name))
        {
            if (name.Is(_json, "usage"u8)) ReadUsage();
            else _cursor.SkipValue();
        }
    }

    private void ReadUsage()
    {
        if (!TryBeginObject()) return;
        while (_cursor.NextMember(out var name))
        {
            if (name.Is(_json, "prompt_tokens"u8) || name.Is(_json, "input_tokens"u8)) _facts.PromptTokensAt = ReadCount(ref _promptTokens);
            else if (name.Is(_json, "completion_tokens"u8) || name.Is(_json, "output_tokens"u8)) _facts.CompletionTokensAt = ReadCount(ref _completionTokens);
            else if (name.Is(_json, "total_tokens"u8)) ReadCount(ref _totalTokens);
            else if (name.Is(_json, "prompt_tokens_details"u8) || name.Is(_json, "input_tokens_details"u8)) ReadDetail("cached_tokens"u8, ref _cachedTokens);
            else if (name.Is(_json, "completion_tokens_details"u8) || name.Is(_json, "output_tokens_details"u8)) ReadDetail("reasoning_tokens"u8, ref _reasoningTokens);
            else _cursor.SkipValue();
        }
    }

    private void ReadDetail(ReadOnlySpan<byte> wanted, ref long? count)
    {
        if (!TryBeginObject()) return;
        while (_cursor.NextMember(out var name))
        {
            if (name.Is(_json, wanted)) ReadCount(ref count);
            else _cursor.SkipValue();
        }
    }

    private JsonSpan ReadCount(ref long? count)
    {
        if (!_cursor.SkipValue(out var span)) return default;
        var text = span.Of(_json);
        if (!Utf8Parser.TryParse(text, out long value, out var consumed) || consumed != text.Length || value < 0) return default;
        count = value;
        return span;
    }

    private void ReadChoices()
    {
        _facts.HasChoices = true;
        if (_cursor.Peek() != (byte)'[')
        {
            _cursor.SkipValue();
            return;
        }

        _cursor.BeginArray();
        while (_cursor.NextElement())
        {
            if (_cursor.Peek() == (byte)'{') ReadChoice();
            else _cursor.SkipValue();
            _facts.ChoiceCount++;
        }
    }

    private void ReadChoice()
    {
        long? index = null;
        var isFinished = false;
        var hadText = _facts.Text.Token.IsPresent;
        _cursor.BeginObject();
        while (_cursor.NextMember(out var name))
        {
            if (name.Is(_json, "delta"u8) || name.Is(_json, "message"u8) || name.Is(_json, "text"u8))
            {
                ReadContent();
            }
            else if (name.Is(_json, "finish_reason"u8))
            {
                isFinished = _cursor.Peek() == (byte)'"';
                _cursor.SkipValue();
            }
            else if (name.Is(_json, "index"u8))
            {
                ReadCount(ref index);
            }
            else
            {
                _cursor.SkipValue();
            }
        }

        if (index > 0 && !hadText && _facts.Text.Token.IsPresent)
        {
            _facts.Text = default;
            _facts.HasOtherContent = true;
        }

        // n is 128 at most; an index beyond that is nonsense, and counts as one of them.
        var bit = UInt128.One << (int)((index ?? 0) & 127);
        _facts.Choices |= bit;
        if (isFinished) _facts.FinishedChoices |= bit;
    }

    // A delta is an object in chat chunks and a string in the responses API. Anything in it but the role is content:
    // text, reasoning, a refusal, a tool call, audio, and what servers invent.
    private void ReadContent()
    {
        if (_cursor.Peek() != (byte)'{')
        {
            ReadText();
            return;
        }

        _cursor.BeginObject();
        while (_cursor.NextMember(out var name))
        {
            if (name.Is(_json, "content"u8)) ReadText();
            else if (name.Is(_json, "role"u8)) _facts.HasRole |= _cursor.SkipValue();
            else if (_cursor.SkipValue(out var value) && IsSomething(value)) _facts.HasContent = _facts.HasOtherContent = true;
        }
    }

    private void ReadText()
    {
        if (_cursor.Peek() != (byte)'"')
        {
            if (_cursor.SkipValue(out var value) && IsSomething(value)) _facts.HasContent = _facts.HasOtherContent = true;
            return;
        }

        if (!_cursor.ReadString(out var text) || !IsSomething(text.Token)) return;
        _facts.HasContent = true;
        if (_facts.Text.Token.IsPresent) _facts.HasOtherContent = true;
        else _facts.Text = text;
    }

    // More than "", [], {} or null.
    private readonly bool IsSomething(JsonSpan value) => value.Length > 2 && _json[value.Start] is (byte)'"' or (byte)'[' or (byte)'{';

    private bool TryBeginObject()
    {
        if (_cursor.Peek() == (byte)'{') return _cursor.BeginObject();
        _cursor.SkipValue();
        return false;
    }
}
