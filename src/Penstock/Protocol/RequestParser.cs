using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Penstock.Protocol;

/// <summary>
/// Reads a request's body once, without building a document, and refuses what would not be understood the same way
/// by everyone who reads it after us: broken JSON, broken UTF-8, a key that is there twice.
/// </summary>
internal ref struct RequestParser
{
    // OpenAI's own schemas nest less than ten deep; tools' JSON schemas can nest further.
    private const int MaxDepth = 64;

    private readonly ReadOnlySpan<byte> _json;
    private readonly bool _strict;
    private Utf8JsonReader _reader;
    private RequestFields _seen;
    private ApiError? _error;
    private ChatRequest _request;

    private RequestParser(ReadOnlySpan<byte> json, bool strict)
    {
        _json = json;
        _strict = strict;
        _reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
    }

    /// <summary>
    /// Parses a body. With <paramref name="strict"/> it is held to OpenAI's rules for chat completions; without,
    /// only to what the gateway itself relies on: an object, a string <c>model</c>, a boolean <c>stream</c>.
    /// </summary>
    /// <returns>False with the error that the caller should get.</returns>
    public static bool TryParse(
        ReadOnlySpan<byte> json, bool strict, out ChatRequest request, [NotNullWhen(false)] out ApiError? error)
    {
        var parser = new RequestParser(json, strict);
        try
        {
            parser.ReadBody();
        }
        catch (JsonException e)
        {
            parser._error ??= Errors.InvalidJson(Describe(e));
        }

        request = parser._request;
        error = parser._error;
        return error is null;
    }

    // Utf8JsonReader looks at the structure only: without this, bytes that are no text would reach the backend.
    private bool IsText()
    {
        if (Utf8.IsValid(_json)) return true;
        return Fail(Errors.InvalidJson("it is not UTF-8."));
    }

    private void ReadBody()
    {
        if (_json.IsEmpty)
        {
            Fail(Errors.InvalidJson("it is empty."));
            return;
        }

        if (!IsText()) return;
        _reader.Read();
        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            // What follows may be broken JSON, and then that is the better message.
            while (_reader.Read()) { }
            Fail(new ApiError(400, "invalid_request_error", "invalid_type", "The body must be a JSON object."));
            return;
        }

        _request.ObjectStart = (int)_reader.TokenStartIndex;
        _request.IsEmptyObject = true;
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            _request.IsEmptyObject = false;
            var field = RequestFieldNames.Identify(ref _reader, out var exact);
            if (field == RequestFields.None)
            {
                _reader.Skip();
                continue;
            }

            if ((_seen & field) != 0)
            {
                Fail(Errors.DuplicateKey(RequestFieldNames.NameOf(field)));
                return;
            }

            _seen |= field;
            if (!exact)
            {
                _reader.Skip();
                continue;
            }

            _reader.Read();
            if (!ReadField(field)) return;
        }

        _request.ObjectEnd = (int)_reader.TokenStartIndex;
        _reader.Read(); // Throws when something follows the object.
        // MESSAGES is not messages: seen it was, and there it is not.
        if (_strict && !_request.Messages.IsPresent) Fail(Errors.MissingParameter("messages"));
    }

    private bool ReadField(RequestFields field) => field switch
    {
        RequestFields.Model => ReadModel(),
        RequestFields.Stream => ReadStream(),
        RequestFields.StreamOptions => ReadStreamOptions(),
        RequestFields.MaxTokens or RequestFields.MaxCompletionTokens => ReadMaxTokens(field),
        RequestFields.Messages => ReadMessages(),
        RequestFields.Temperature when _strict => ReadNumber("temperature", 0, 2),
        RequestFields.TopP when _strict => ReadNumber("top_p", 0, 1),
        RequestFields.N when _strict => ReadN(),
        RequestFields.Stop when _strict => ReadStop(),
        _ => SkipValue(),
    };

    private bool ReadModel()
    {
        if (_reader.TokenType != JsonTokenType.String) return Fail(Errors.InvalidType("model", "a string"));
        _request.Model = Here();
        return true;
    }

    private bool ReadStream()
    {
        if (_reader.TokenType is not (JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null))
            return Fail(Errors.InvalidType("stream", "a boolean"));
        _request.Stream = _reader.TokenType == JsonTokenType.True;
        return true;
    }

    private bool ReadStreamOptions()
    {
        if (_reader.TokenType == JsonTokenType.Null)
        {
            _request.StreamOptions = Here();
            return true;
        }

        if (_reader.TokenType != JsonTokenType.StartObject)
            return Fail(Errors.InvalidType("stream_options", "an object"));

        var start = (int)_reader.TokenStartIndex;
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!_reader.Is("include_usage"u8))
            {
                _reader.Skip();
                continue;
            }

            if (_request.IncludeUsageValue.IsPresent)
                return Fail(Errors.DuplicateKey("stream_options.include_usage"));
            _reader.Read();
            if (_reader.TokenType is not (JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null))
                return Fail(Errors.InvalidType("stream_options.include_usage", "a boolean"));
            _request.IncludeUsageValue = Here();
            _request.IncludeUsage = _reader.TokenType == JsonTokenType.True;
        }

        _request.StreamOptions = new JsonSpan(start, (int)_reader.BytesConsumed - start);
        return true;
    }

    private bool ReadMaxTokens(RequestFields field)
    {
        var name = RequestFieldNames.NameOf(field);
        if (_reader.TokenType == JsonTokenType.Null) return true;
        if (!TryGetInteger(out var value))
            return _strict ? Fail(Errors.InvalidType(name, "a positive integer")) : SkipValue();
        if (value < 1)
            return !_strict || Fail(Errors.InvalidValue(name, "it must be a positive integer"));

        // max_completion_tokens replaces the deprecated max_tokens, whichever comes first in the body.
        _request.MaxTokens = field == RequestFields.MaxCompletionTokens ? value : _request.MaxTokens ?? value;
        return true;
    }

    private bool ReadN()
    {
        if (_reader.TokenType == JsonTokenType.Null) return true;
        if (!TryGetInteger(out var value)) return Fail(Errors.InvalidType("n", "an integer from 1 to 128"));
        return value is >= 1 and <= 128 || Fail(Errors.InvalidValue("n", "it must be from 1 to 128"));
    }

    private bool ReadNumber(string name, double least, double most)
    {
        if (_reader.TokenType == JsonTokenType.Null) return true;
        if (_reader.TokenType != JsonTokenType.Number) return Fail(Errors.InvalidType(name, "a number"));
        return (_reader.TryGetDouble(out var value) && value >= least && value <= most)
            || Fail(Errors.InvalidValue(name, FormattableString.Invariant($"it must be from {least} to {most}")));
    }

    private bool ReadStop()
    {
        if (_reader.TokenType is JsonTokenType.Null or JsonTokenType.String) return true;
        if (_reader.TokenType != JsonTokenType.StartArray)
            return Fail(Errors.InvalidType("stop", "a string or an array of at most 4 strings"));

        var count = 0;
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            if (_reader.TokenType != JsonTokenType.String) return Fail(Errors.InvalidType($"stop[{count}]", "a string"));
            if (++count > 4) return Fail(Errors.InvalidValue("stop", "it may have at most 4 strings"));
        }

        return true;
    }

    private bool ReadMessages()
    {
        if (_reader.TokenType != JsonTokenType.StartArray)
            return _strict ? Fail(Errors.InvalidType("messages", "an array")) : SkipValue();
        var start = (int)_reader.TokenStartIndex;
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            if (!ReadMessage()) return false;
            _request.MessageCount++;
        }

        if (_strict && _request.MessageCount == 0)
            return Fail(Errors.InvalidValue("messages", "it must have at least one message"));
        _request.Messages = new JsonSpan(start, (int)_reader.BytesConsumed - start);
        return true;
    }

    private bool ReadMessage()
    {
        if (_reader.TokenType != JsonTokenType.StartObject)
            return _strict ? Fail(Errors.InvalidType($"messages[{_request.MessageCount}]", "an object")) : SkipValue();

        var hasRole = false;
        var isUser = false;
        JsonSpan content = default;
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            if (_reader.Is("role"u8))
            {
                _reader.Read();
                hasRole = true;
                isUser = _reader.TokenType == JsonTokenType.String && _reader.Is("user"u8);
                if (_reader.TokenType == JsonTokenType.String) continue;
                if (_strict) return Fail(Errors.InvalidType($"messages[{_request.MessageCount}].role", "a string"));
                _reader.Skip();
            }
            else if (_reader.Is("content"u8))
            {
                _reader.Read();
                if (_strict && _reader.TokenType is not (JsonTokenType.String or JsonTokenType.StartArray or JsonTokenType.Null))
                    return Fail(Errors.InvalidType($"messages[{_request.MessageCount}].content", "a string, an array or null"));
                var start = (int)_reader.TokenStartIndex;
                _reader.Skip();
                content = new JsonSpan(start, (int)_reader.BytesConsumed - start);
            }
            else
            {
                _reader.Skip();
            }
        }

        if (_strict && !hasRole) return Fail(Errors.MissingParameter($"messages[{_request.MessageCount}].role"));
        if (isUser) _request.LastUserContent = content;
        return true;
    }

    // JSON does not tell 16 from 16.0 or 1.6e1, and neither do the servers behind us.
    private readonly bool TryGetInteger(out long value)
    {
        value = 0;
        if (_reader.TokenType != JsonTokenType.Number) return false;
        if (_reader.TryGetInt64(out value)) return true;
        if (!_reader.TryGetDouble(out var number) || number != Math.Truncate(number)) return false;
        value = number >= long.MaxValue ? long.MaxValue : number <= long.MinValue ? long.MinValue : (long)number;
        return true;
    }

    private readonly JsonSpan Here() =>
        new((int)_reader.TokenStartIndex, (int)(_reader.BytesConsumed - _reader.TokenStartIndex));

    private bool SkipValue()
    {
        _reader.Skip();
        return true;
    }

    private bool Fail(ApiError error)
    {
        _error = error;
        return false;
    }

    // The reader's messages end in "LineNumber: 2 | BytePositionInLine: 7.", both counted from zero.
    private static string Describe(JsonException e)
    {
        var message = e.Message.AsSpan();
        var end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        if (end >= 0) message = message[..end];
        var text = new StringBuilder("line ").Append((e.LineNumber ?? 0) + 1)
            .Append(", column ").Append((e.BytePositionInLine ?? 0) + 1).Append(": ").Append(message);
        return text.ToString();
    }
}
