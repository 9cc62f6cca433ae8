namespace Penstock.Protocol;

/// <summary>
/// Lays out a request's prompt as chat templates do, so that two requests whose prompts begin alike begin with the same
/// bytes, however their JSON was written: model, cache salt, what else a template is told, tools, then of each message the
/// role, the content, the calls of tools. What is no text (images, audio, files) counts by its digest.
/// </summary>
internal ref struct CanonicalPrompt
{
    // Control characters, which text seldom has: what belongs together must not run into what follows.
    private const byte FieldMark = 0x1D;
    private const byte MessageMark = 0x1E;
    private const byte ContentMark = 0x1F;
    private const byte DigestMark = 0x1C;
    private const int MaxDepth = 64;

    // Of a message, besides its role and content: calls of tools, the call that is answered, a name.
    private const int MostOthers = 8;

    private readonly ReadOnlySpan<byte> _json;
    private readonly PrefixChain _chain;
    private readonly bool _hasLongEscapes;
    private JsonCursor _cursor;

    private CanonicalPrompt(ReadOnlySpan<byte> json, PrefixChain chain, bool hasLongEscapes)
    {
        _json = json;
        _chain = chain;
        _hasLongEscapes = hasLongEscapes;
        _cursor = JsonCursor.OverValid(json, MaxDepth);
    }

    /// <summary>Writes the prompt of a request.</summary>
    /// <param name="json">The body.</param>
    /// <param name="request">What was parsed from it.</param>
    /// <param name="chain">Gets the text.</param>
    /// <param name="model">The model that it goes to, by whatever name it was asked for, as a JSON string token; empty: the one that was asked for.</param>
    public static void Write(ReadOnlySpan<byte> json, in ChatRequest request, PrefixChain chain, ReadOnlySpan<byte> model = default)
    {
        if (model.IsEmpty) model = request.Model.Of(json);
        WriteField(model, chain, hasLongEscapes: true);
        WriteField(request.CacheSalt.Of(json), chain, request.HasLongEscapes);
        if (request.TemplateDigest != 0) AppendDigest(request.TemplateDigest, chain);
        if (request.LooseBytes > 0) chain.Omit(request.LooseBytes, isRead: true);
        WriteField(request.Tools.Of(json), chain, request.HasLongEscapes);
        WriteField(request.Instructions.Of(json), chain, request.HasLongEscapes);
        var text = request.Messages.IsPresent ? request.Messages : request.Prompt.IsPresent ? request.Prompt : request.Input;
        if (text.IsPresent) new CanonicalPrompt(text.Of(json), chain, request.HasLongEscapes).WriteMessages();
    }

    /// <summary>Begins an answer, which the next request of the conversation has among its messages.</summary>
    public static void BeginAnswer(PrefixChain chain)
    {
        chain.Append(MessageMark);
        chain.Append("assistant"u8);
        chain.Append(ContentMark);
    }

    private static void WriteField(ReadOnlySpan<byte> value, PrefixChain chain, bool hasLongEscapes)
    {
        if (value.IsEmpty) return;
        chain.Append(FieldMark);
        new CanonicalPrompt(value, chain, hasLongEscapes).WriteValue();
    }

    private void WriteMessages()
    {
        if (_cursor.Peek() != (byte)'[')
        {
            WriteValue();
            return;
        }

        _cursor.BeginArray();
        while (_cursor.NextElement())
        {
            if (_cursor.Peek() == (byte)'{') WriteMessage();
            else WriteValue();
        }
    }

    // Nearly always the role comes first and then the content, which is written as it is read.
    private void WriteMessage()
    {
        Span<JsonSpan> others = stackalloc JsonSpan[2 * MostOthers];
        var count = 0;
        JsonSpan content = default;
        var hasRole = false;
        _chain.Append(MessageMark);
        _cursor.BeginObject();
        while (_cursor.NextMember(out var name))
        {
            if (name.Is(_json, "role"u8))
            {
                hasRole = true;
                WriteValue();
            }
            else if (name.Is(_json, "content"u8))
            {
                if (hasRole) WriteContent();
                else _cursor.SkipValue(out content);
            }
            else if (_cursor.SkipValue(out var value) && IsSomething(value))
            {
                if (IsForgotten(name) || count == others.Length)
                {
                    _chain.Omit(value.Length - 2, isRead: !IsForgotten(name));
                    continue;
                }

                others[count++] = name.Token;
                others[count++] = value;
            }
        }

        if (content.IsPresent) Of(content).WriteContent();
        for (var i = 0; i < count; i++)
        {
            if (i % 2 == 0) _chain.Append(FieldMark);
            Of(others[i]).WriteValue();
        }
    }

    // Clients send null and [] for what an answer did not have.
    private readonly bool IsSomething(JsonSpan value) => value.Length > 2 && _json[value.Start] is (byte)'"' or (byte)'[' or (byte)'{';

    // What a model has thought is no part of the prompt of the next turn, in most templates.
    private readonly bool IsForgotten(JsonString name) => name.Is(_json, "reasoning_content"u8) || name.Is(_json, "reasoning"u8);

    private void WriteContent()
    {
        _chain.Append(ContentMark);
        if (_cursor.Peek() != (byte)'[')
        {
            WriteValue();
            return;
        }

        _cursor.BeginArray();
        while (_cursor.NextElement())
        {
            if (_cursor.Peek() == (byte)'{') WritePart();
            else WriteValue();
        }
    }

    // A text in one part is laid out as a text alone.
    private void WritePart()
    {
        _cursor.BeginObject();
        while (_cursor.NextMember(out var name))
        {
            if (name.Is(_json, "text"u8)) WriteValue();
            else if (IsNoContent(name)) _cursor.SkipValue();
            else WriteDigest(name);
        }
    }

    // Marks for the server's cache, and what an answer of before said of itself.
    private readonly bool IsNoContent(JsonString name) =>
        name.Is(_json, "type"u8) || name.Is(_json, "cache_control"u8) || name.Is(_json, "annotations"u8) || name.Is(_json, "logprobs"u8);

    private void WriteDigest(JsonString name)
    {
        _cursor.Peek();
        var (start, bytes) = (_cursor.Position, 0L);
        if (!PromptText.SkipMember(ref _cursor, _json, name, mayBeBinary: true, ref bytes)) return;
        var value = new JsonSpan(start, _cursor.Position - start);
        if (IsNothing(value)) return;
        AppendDigest(BlockHash.Of(value.Of(_json)), _chain);
        _chain.Omit(bytes, isRead: true);
    }

    private readonly bool IsNothing(JsonSpan value) => _json[value.Start] == (byte)'n' || (value.Length == 2 && _json[value.Start] is (byte)'"' or (byte)'[' or (byte)'{');

    private static void AppendDigest(ulong hash, PrefixChain chain)
    {
        Span<byte> digest = stackalloc byte[sizeof(ulong)];
        BitConverter.TryWriteBytes(digest, hash);
        chain.Append(DigestMark);
        chain.Append(digest);
    }

    // Any JSON, without the white space between its tokens.
    private void WriteValue()
    {
        switch (_cursor.Peek())
        {
            case (byte)'"':
                if (!_cursor.ReadString(out var text)) return;
                WriteString(text.Raw(_json));
                return;
            case (byte)'{':
                _cursor.BeginObject();
                _chain.Append((byte)'{');
                while (_cursor.NextMember(out var name))
                {
                    WriteString(name.Raw(_json));
                    _chain.Append((byte)':');
                    WriteValue();
                    _chain.Append((byte)',');
                }

                _chain.Append((byte)'}');
                return;
            case (byte)'[':
                _cursor.BeginArray();
                _chain.Append((byte)'[');
                while (_cursor.NextElement())
                {
                    WriteValue();
                    _chain.Append((byte)',');
                }

                _chain.Append((byte)']');
                return;
            default:
                if (_cursor.SkipValue(out var value)) _chain.Append(value.Of(_json));
                return;
        }
    }

    private readonly void WriteString(ReadOnlySpan<byte> raw)
    {
        if (_hasLongEscapes) _chain.AppendString(raw);
        else _chain.Append(raw);
    }

    private readonly CanonicalPrompt Of(JsonSpan value) => new(value.Of(_json), _chain, _hasLongEscapes);
}
