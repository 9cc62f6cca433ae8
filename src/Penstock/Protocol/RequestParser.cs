using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
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
    private JsonCursor _cursor;
    private RequestFields _seen;
    private ApiError? _error;
    private ChatRequest _request;

    private RequestParser(ReadOnlySpan<byte> json, bool strict)
    {
        _json = json;
        _strict = strict;
        _cursor = new JsonCursor(json, MaxDepth);
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
        parser.ReadBody();
        request = parser._request;
        error = parser._error ?? parser.SyntaxError();
        return error is null;
    }

    private void ReadBody()
    {
        // The cursor looks at the structure only: without this, bytes that are no text would reach the backend.
        if (!Utf8.IsValid(_json))
        {
            Fail(Errors.InvalidJson("it is not UTF-8."));
            return;
        }

        if (_cursor.Peek() != (byte)'{')
        {
            // What follows may be broken JSON, and then that is the better message.
            if (_cursor.SkipValue() && _cursor.End())
                Fail(new ApiError(400, "invalid_request_error", "invalid_type", "The body must be a JSON object."));
            return;
        }

        _request.ObjectStart = _cursor.Position;
        _request.IsEmptyObject = true;
        _cursor.BeginObject();
        while (_cursor.NextMember(out var name))
        {
            _request.IsEmptyObject = false;
            if (!ReadMember(name)) return;
        }

        _request.ObjectEnd = _cursor.Position - 1;
        _request.HasLongEscapes = _cursor.HasLongEscapes;
        // MESSAGES is not messages: seen it was, and there it is not.
        if (_cursor.End() && _strict && !_request.Messages.IsPresent) Fail(Errors.MissingParameter("messages"));
    }

    private bool ReadMember(JsonString name)
    {
        var field = RequestFieldNames.Identify(_json, name, out var exact);
        if (field == RequestFields.None) return _cursor.SkipValue();
        if ((_seen & field & ~RequestFields.Counted) != 0) return Fail(Errors.DuplicateKey(RequestFieldNames.NameOf(field)));
        _seen |= field;
        return exact ? ReadField(field) : _cursor.SkipValue();
    }

    private bool ReadField(RequestFields field) => field switch
    {
        RequestFields.Model => ReadModel(),
        RequestFields.Stream => ReadStream(),
        RequestFields.StreamOptions => ReadStreamOptions(),
        RequestFields.MaxTokens or RequestFields.MaxCompletionTokens or RequestFields.MaxOutputTokens => ReadMaxTokens(field),
        RequestFields.Prompt => ReadTexts(out _request.Prompt, ref _request.Prompts),
        RequestFields.Tools or RequestFields.Functions => SkipText(out _request.Tools, mayBeBinary: false),
        RequestFields.Input => ReadTexts(out _request.Input, ref _request.Inputs),
        RequestFields.Instructions => SkipText(out _request.Instructions),
        RequestFields.Query => SkipLoose(out _),
        RequestFields.Documents => SkipLoose(out var documents) && NoteTemplate(field, documents),
        RequestFields.CacheSalt => _cursor.SkipValue(out _request.CacheSalt),
        RequestFields.ChatTemplate or RequestFields.ChatTemplateKwargs or RequestFields.ToolChoice or RequestFields.ReasoningEffort or RequestFields.Reasoning
            => _cursor.SkipValue(out var value) && NoteTemplate(field, value),
        RequestFields.TruncatePromptTokens => ReadIsSaid(ref _request.IsTruncated),
        RequestFields.PromptLogprobs => ReadIsSaid(ref _request.IsReadAnew),
        RequestFields.Echo or RequestFields.SkipReadingPrefixCache => ReadIsSaid(ref _request.IsReadAnew, butFor: (byte)'f'),
        RequestFields.CachePrompt => ReadIsSaid(ref _request.IsReadAnew, butFor: (byte)'t'),
        RequestFields.PromptCacheKey => ReadHint(ref _request.PromptCacheKey),
        RequestFields.User => ReadHint(ref _request.User),
        RequestFields.SlotId => _cursor.SkipValue(out _request.SlotId),
        RequestFields.BestOf => ReadBestOf(),
        RequestFields.Messages => ReadMessages(),
        RequestFields.Temperature when _strict => ReadNumber("temperature", 0, 2),
        RequestFields.TopP when _strict => ReadNumber("top_p", 0, 1),
        RequestFields.N => ReadN(),
        RequestFields.Stop when _strict => ReadStop(),
        _ => _cursor.SkipValue(),
    };

    private bool ReadModel()
    {
        if (_cursor.Peek() != (byte)'"') return Mistyped(Errors.InvalidType("model", "a string"));
        return _cursor.SkipValue(out _request.Model);
    }

    private bool ReadStream()
    {
        if (!TryReadBoolean(out var value, out _)) return Mistyped(Errors.InvalidType("stream", "a boolean"));
        _request.Stream = value;
        return true;
    }

    private bool ReadStreamOptions()
    {
        if (_cursor.Peek() == (byte)'n') return _cursor.SkipValue(out _request.StreamOptions);
        if (_cursor.Peek() != (byte)'{') return Mistyped(Errors.InvalidType("stream_options", "an object"));

        var start = _cursor.Position;
        _cursor.BeginObject();
        while (_cursor.NextMember(out var name))
        {
            if (!name.Is(_json, "include_usage"u8))
            {
                if (!_cursor.SkipValue()) return false;
                continue;
            }

            if (_request.IncludeUsageValue.IsPresent) return Fail(Errors.DuplicateKey("stream_options.include_usage"));
            if (!TryReadBoolean(out _request.IncludeUsage, out _request.IncludeUsageValue))
                return Mistyped(Errors.InvalidType("stream_options.include_usage", "a boolean"));
        }

        _request.StreamOptions = new JsonSpan(start, _cursor.Position - start);
        return !_cursor.HasFailed;
    }

    private bool ReadMaxTokens(RequestFields field)
    {
        var kind = _cursor.Peek();
        if (!_cursor.SkipValue(out var span)) return false;
        if (kind == (byte)'n') return true;
        if (!TryGetInteger(span, out var value))
            return !IsHeldTo(field) || Fail(Errors.InvalidType(RequestFieldNames.NameOf(field), "a positive integer"));
        if (value < 1)
            return !IsHeldTo(field) || Fail(Errors.InvalidValue(RequestFieldNames.NameOf(field), "it must be a positive integer"));

        _request.MaxTokens = Math.Max(value, _request.MaxTokens ?? 0);
        return true;
    }

    // OpenAI's chat completions do not know max_output_tokens, which is the responses' name for it.
    private readonly bool IsHeldTo(RequestFields field) => _strict && field != RequestFields.MaxOutputTokens;

    // Its rules are the server's affair; what it multiplies is not.
    private bool ReadBestOf()
    {
        if (!_cursor.SkipValue(out var span)) return false;
        if (TryGetInteger(span, out var value) && value is > 0 and <= int.MaxValue) _request.BestOf = Math.Max(_request.BestOf, (int)value);
        return true;
    }

    // A text, some texts, the tokens of one, or those of some.
    private bool ReadTexts(out JsonSpan texts, ref int count)
    {
        if (_cursor.Peek() != (byte)'[') return SkipText(out texts);
        var start = _cursor.Position;
        _cursor.BeginArray();
        while (_cursor.NextElement())
        {
            if (_cursor.Peek() is (byte)'"' or (byte)'[') count++;
            if (!SkipText(out texts)) return false;
        }

        texts = new JsonSpan(start, _cursor.Position - start);
        return !_cursor.HasFailed;
    }

    // Null is as good as nothing, and so is what a field is where nobody says it.
    private bool ReadIsSaid(ref bool isSaid, byte butFor = (byte)'n')
    {
        var first = _cursor.Peek();
        isSaid |= first != (byte)'n' && first != butFor;
        return _cursor.SkipValue();
    }

    // Who says it in another way than as a string says nothing to us.
    private bool ReadHint(ref JsonSpan hint)
    {
        var isString = _cursor.Peek() == (byte)'"';
        if (!_cursor.SkipValue(out var value)) return false;
        if (isString && value.Length > 2) hint = value;
        return true;
    }

    private bool SkipText(out JsonSpan text, bool mayBeBinary = true)
    {
        _cursor.Peek();
        var start = _cursor.Position;
        var isRead = PromptText.Skip(ref _cursor, _json, mayBeBinary, ref _request.PromptBytes);
        text = new JsonSpan(start, _cursor.Position - start);
        return isRead;
    }

    private bool SkipLoose(out JsonSpan text)
    {
        var before = _request.PromptBytes;
        var isRead = SkipText(out text);
        _request.LooseBytes += _request.PromptBytes - before;
        return isRead;
    }

    // In a sum it makes no difference in what order they were written. Null is as good as nothing, and a choice of tools changes
    // the prompt where there is none: then it is without them.
    private bool NoteTemplate(RequestFields field, JsonSpan span)
    {
        var value = span.Of(_json);
        if (value[0] != (byte)'n' && (field != RequestFields.ToolChoice || value.SequenceEqual("\"none\""u8)))
            _request.TemplateDigest += BlockHash.Mix((ulong)field, BlockHash.Of(value));
        return true;
    }

    private bool ReadN()
    {
        var kind = _cursor.Peek();
        if (!_cursor.SkipValue(out var span)) return false;
        if (kind == (byte)'n') return true;
        if (!TryGetInteger(span, out var value)) return !_strict || Fail(Errors.InvalidType("n", "an integer from 1 to 128"));
        if (value is < 1 or > 128)
        {
            // Whether a server makes so many is its affair; what it may cost is not.
            if (value > 128) _request.BestOf = (int)Math.Max(_request.BestOf, Math.Min(value, int.MaxValue));
            return !_strict || Fail(Errors.InvalidValue("n", "it must be from 1 to 128"));
        }

        _request.Choices = (int)value;
        return true;
    }

    private bool ReadNumber(string name, double least, double most)
    {
        var kind = _cursor.Peek();
        if (!_cursor.SkipValue(out var span)) return false;
        if (kind == (byte)'n') return true;
        if (!TryGetNumber(span, out var value)) return Fail(Errors.InvalidType(name, "a number"));
        return (value >= least && value <= most)
            || Fail(Errors.InvalidValue(name, FormattableString.Invariant($"it must be from {least} to {most}")));
    }

    private bool ReadStop()
    {
        if (_cursor.Peek() is (byte)'n' or (byte)'"') return _cursor.SkipValue();
        if (_cursor.Peek() != (byte)'[')
            return Mistyped(Errors.InvalidType("stop", "a string or an array of at most 4 strings"));

        var count = 0;
        _cursor.BeginArray();
        while (_cursor.NextElement())
        {
            if (_cursor.Peek() != (byte)'"') return Mistyped(Errors.InvalidType($"stop[{count}]", "a string"));
            if (!_cursor.SkipValue()) return false;
            if (++count > 4) return Fail(Errors.InvalidValue("stop", "it may have at most 4 strings"));
        }

        return !_cursor.HasFailed;
    }

    private bool ReadMessages()
    {
        if (_cursor.Peek() != (byte)'[')
            return _strict ? Mistyped(Errors.InvalidType("messages", "an array")) : _cursor.SkipValue();
        var start = _cursor.Position;
        _cursor.BeginArray();
        while (_cursor.NextElement())
        {
            if (!ReadMessage()) return false;
            _request.MessageCount++;
        }

        if (_cursor.HasFailed) return false;
        if (_strict && _request.MessageCount == 0)
            return Fail(Errors.InvalidValue("messages", "it must have at least one message"));
        _request.Messages = new JsonSpan(start, _cursor.Position - start);
        return true;
    }

    private bool ReadMessage()
    {
        if (_cursor.Peek() != (byte)'{')
            return _strict ? Mistyped(Errors.InvalidType($"messages[{_request.MessageCount}]", "an object")) : _cursor.SkipValue();

        var hasRole = false;
        var isUser = false;
        JsonSpan content = default;
        _cursor.BeginObject();
        while (_cursor.NextMember(out var name))
        {
            if (name.Is(_json, "role"u8))
            {
                hasRole = true;
                if (!ReadRole(ref isUser)) return false;
            }
            else if (name.Is(_json, "content"u8))
            {
                if (_strict && _cursor.Peek() is not ((byte)'"' or (byte)'[' or (byte)'n'))
                    return Mistyped(Errors.InvalidType($"messages[{_request.MessageCount}].content", "a string, an array or null"));
                if (!SkipText(out content)) return false;
            }
            else if (!SkipText(out _))
            {
                return false;
            }
        }

        if (_cursor.HasFailed) return false;
        if (_strict && !hasRole) return Fail(Errors.MissingParameter($"messages[{_request.MessageCount}].role"));
        if (isUser) _request.LastUserContent = content;
        return true;
    }

    private bool ReadRole(ref bool isUser)
    {
        isUser = false;
        if (_cursor.Peek() != (byte)'"')
            return _strict ? Mistyped(Errors.InvalidType($"messages[{_request.MessageCount}].role", "a string")) : _cursor.SkipValue();
        if (!_cursor.ReadString(out var role)) return false;
        isUser = role.Is(_json, "user"u8);
        return true;
    }

    // Null counts as false: that is what a field that is not set means.
    private bool TryReadBoolean(out bool value, out JsonSpan span)
    {
        value = _cursor.Peek() == (byte)'t';
        span = default;
        return _cursor.Peek() is (byte)'t' or (byte)'f' or (byte)'n' && _cursor.SkipValue(out span);
    }

    // JSON does not tell 16 from 16.0 or 1.6e1, and neither do the servers behind us.
    private readonly bool TryGetInteger(JsonSpan span, out long value)
    {
        var text = span.Of(_json);
        if (Utf8Parser.TryParse(text, out value, out var consumed) && consumed == text.Length) return true;
        if (!TryGetNumber(span, out var number) || number != Math.Truncate(number)) return false;
        value = number >= long.MaxValue ? long.MaxValue : number <= long.MinValue ? long.MinValue : (long)number;
        return true;
    }

    private readonly bool TryGetNumber(JsonSpan span, out double value)
    {
        var text = span.Of(_json);
        value = 0;
        return text[0] is (byte)'-' or (>= (byte)'0' and <= (byte)'9')
            && Utf8Parser.TryParse(text, out value, out var consumed) && consumed == text.Length;
    }

    // A value of the wrong type is only worth a word if it is a value: broken JSON is the better message.
    private bool Mistyped(ApiError error) => _cursor.SkipValue() && Fail(error);

    private bool Fail(ApiError error)
    {
        _error = error;
        return false;
    }

    private readonly ApiError? SyntaxError()
    {
        if (_cursor.Error is not { } error) return null;
        if (_json.Trim(" \t\r\n"u8).IsEmpty) return Errors.InvalidJson("it is empty.");
        var before = _json[..Math.Min(_cursor.Position, _json.Length)];
        var line = before.Count((byte)'\n') + 1;
        var column = before.Length - (before.LastIndexOf((byte)'\n') + 1) + 1;
        return Errors.InvalidJson($"line {line}, column {column}: {error}.");
    }
}
