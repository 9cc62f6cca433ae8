using System.Text.Json;

namespace Penstock.Protocol;

/// <summary>Reads a whole answer, or one chunk of a stream, once: what is in it and where, without a document.</summary>
internal ref struct AnswerScanner
{
    private Utf8JsonReader _reader;
    private AnswerFacts _facts;
    private long? _promptTokens;
    private long? _completionTokens;

    private AnswerScanner(ReadOnlySpan<byte> json) =>
        _reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 256 });

    /// <summary>Scans an answer. False when it is not one JSON object.</summary>
    public static bool TryScan(ReadOnlySpan<byte> json, out AnswerFacts facts)
    {
        var scanner = new AnswerScanner(json);
        try
        {
            var isObject = scanner.Scan();
            facts = scanner._facts;
            return isObject;
        }
        catch (JsonException)
        {
            facts = default;
            return false;
        }
    }

    private bool Scan()
    {
        if (!_reader.Read() || _reader.TokenType != JsonTokenType.StartObject) return false;
        _facts.ObjectStart = (int)_reader.TokenStartIndex;
        _facts.IsEmptyObject = true;
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            _facts.IsEmptyObject = false;
            ReadMember();
        }

        _reader.Read(); // Throws when something follows the object.
        if (_promptTokens is not null || _completionTokens is not null)
            _facts.Usage = new TokenUsage(_promptTokens ?? 0, _completionTokens ?? 0);
        return true;
    }

    private void ReadMember()
    {
        if (_reader.Is("id"u8)) ReadValue(ref _facts.Id, ref _facts.SecondId);
        else if (_reader.Is("choices"u8)) ReadChoices();
        else if (_reader.Is("usage"u8)) ReadUsage();
        else if (_reader.Is("model"u8)) ReadString(ref _facts.Model);
        else if (_reader.Is("backend"u8)) ReadValue(ref _facts.Backend, ref _facts.SecondBackend);
        else if (_reader.Is("error"u8)) ReadError();
        else if (_reader.Is("type"u8)) ReadString(ref _facts.Type);
        else if (_reader.Is("response"u8)) ReadResponse();
        else if (_reader.Is("delta"u8)) ReadContent();
        else _reader.Skip();
    }

    private JsonSpan SkipValue()
    {
        _reader.Read();
        var start = (int)_reader.TokenStartIndex;
        _reader.Skip();
        return new JsonSpan(start, (int)_reader.BytesConsumed - start);
    }

    private void ReadValue(ref JsonSpan first, ref JsonSpan second)
    {
        var value = SkipValue();
        if (first.IsPresent) second = value;
        else first = value;
    }

    private void ReadString(ref JsonSpan span)
    {
        var value = SkipValue();
        if (_reader.TokenType == JsonTokenType.String) span = value;
    }

    private void ReadError()
    {
        var value = SkipValue();
        if (_reader.TokenType != JsonTokenType.Null) _facts.Error = value;
    }

    // {"type":"response.completed","response":{…,"usage":{"input_tokens":…}}}
    private void ReadResponse()
    {
        _reader.Read();
        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            _reader.Skip();
            return;
        }

        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            if (_reader.Is("usage"u8)) ReadUsage();
            else _reader.Skip();
        }
    }

    private void ReadUsage()
    {
        _reader.Read();
        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            _reader.Skip();
            return;
        }

        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            if (_reader.Is("prompt_tokens"u8) || _reader.Is("input_tokens"u8))
                ReadCount(ref _promptTokens);
            else if (_reader.Is("completion_tokens"u8) || _reader.Is("output_tokens"u8))
                ReadCount(ref _completionTokens);
            else
                _reader.Skip();
        }
    }

    private void ReadCount(ref long? count)
    {
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.Number && _reader.TryGetInt64(out var value) && value >= 0) count = value;
        else _reader.Skip();
    }

    private void ReadChoices()
    {
        _reader.Read();
        _facts.HasChoices = true;
        if (_reader.TokenType != JsonTokenType.StartArray)
        {
            _reader.Skip();
            return;
        }

        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            if (_reader.TokenType == JsonTokenType.StartObject) ReadChoice();
            else _reader.Skip();
            _facts.ChoiceCount++;
        }
    }

    private void ReadChoice()
    {
        var index = 0;
        var isFinished = false;
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            if (_reader.Is("delta"u8) || _reader.Is("message"u8))
            {
                ReadContent();
            }
            else if (_reader.Is("finish_reason"u8))
            {
                _reader.Read();
                isFinished = _reader.TokenType == JsonTokenType.String;
                _reader.Skip();
            }
            else if (_reader.Is("index"u8))
            {
                _reader.Read();
                if (_reader.TokenType != JsonTokenType.Number || !_reader.TryGetInt32(out index)) _reader.Skip();
            }
            else if (_reader.Is("text"u8))
            {
                ReadContent();
            }
            else
            {
                _reader.Skip();
            }
        }

        // n is 128 at most; an index beyond that is nonsense, and counts as one of them.
        var bit = UInt128.One << (index & 127);
        _facts.Choices |= bit;
        if (isFinished) _facts.FinishedChoices |= bit;
    }

    // A delta is an object in chat chunks and a string in the responses API. Anything in it but the role is content:
    // text, reasoning, a refusal, a tool call, audio, and what servers invent.
    private void ReadContent()
    {
        _reader.Read();
        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            _facts.HasContent |= IsSomething();
            _reader.Skip();
            return;
        }

        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            var isRole = _reader.Is("role"u8);
            _reader.Read();
            _facts.HasContent |= !isRole && IsSomething();
            if (_reader.TokenType == JsonTokenType.StartArray)
            {
                _reader.Read();
                if (_reader.TokenType == JsonTokenType.EndArray) continue;
                _facts.HasContent = true;
                SkipArray();
            }
            else
            {
                _reader.Skip();
            }
        }
    }

    private readonly bool IsSomething() => _reader.TokenType switch
    {
        JsonTokenType.String => _reader.ValueSpan.Length > 0,
        JsonTokenType.StartObject => true,
        _ => false,
    };

    // The reader stands on the first element of an array that is not empty.
    private void SkipArray()
    {
        do
        {
            _reader.Skip();
            _reader.Read();
        }
        while (_reader.TokenType != JsonTokenType.EndArray);
    }
}
