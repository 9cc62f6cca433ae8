using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Penstock.Protocol;

/// <summary>A chat request that asks for the rest of an answer: the beginning goes along as the assistant's last message.</summary>
internal ref struct ContinuedRequest
{
    private const int MaxDepth = 64;

    private readonly ReadOnlySpan<byte> _json;
    private readonly long _tokensSaid;
    private readonly JsonEdits _edits = new();
    private JsonCursor _cursor;
    private int _messagesEnd;
    private bool _canContinue = true;

    private ContinuedRequest(ReadOnlySpan<byte> json, long tokensSaid)
    {
        _json = json;
        _tokensSaid = tokensSaid;
        _cursor = new JsonCursor(json, MaxDepth);
    }

    /// <summary>Writes the request.</summary>
    /// <param name="json">The caller's request: a valid one.</param>
    /// <param name="said">What was said of the answer, in UTF-8.</param>
    /// <param name="tokensSaid">How many tokens that was: so many fewer may come.</param>
    /// <param name="asksToContinue">Whether the server has to be told to continue a final message (vLLM).</param>
    /// <returns>Null where the answer cannot be continued: several choices, log probabilities, a grammar that would begin anew.</returns>
    public static byte[]? TryWrite(ReadOnlySpan<byte> json, ReadOnlySpan<byte> said, long tokensSaid, bool asksToContinue)
    {
        var request = new ContinuedRequest(json, tokensSaid);
        request.Read();
        // What comes after something unreadable may be anything.
        return request._canContinue && !request._cursor.HasFailed && request._messagesEnd > 0 ? request.Write(said, asksToContinue) : null;
    }

    private void Read()
    {
        _cursor.BeginObject();
        while (_canContinue && _cursor.NextMember(out var name))
        {
            if (name.Is(_json, "messages"u8)) ReadMessages();
            else if (name.Is(_json, "max_tokens"u8) || name.Is(_json, "max_completion_tokens"u8)) ReadLimit();
            else if (name.Is(_json, "n"u8)) Refuse(unless: "1"u8);
            else if (name.Is(_json, "logprobs"u8)) Refuse(unless: "false"u8);
            else if (name.Is(_json, "response_format"u8)) ReadResponseFormat();
            else if (IsAboutForm(name)) ReadForm();
            else _cursor.SkipValue();
        }
    }

    // What constrains the form of the whole answer would constrain its rest as if that were a whole.
    private readonly bool IsAboutForm(JsonString name) => name.Is(_json, "grammar"u8)
        || name.Is(_json, "json_schema"u8) || name.Is(_json, "structured_outputs"u8) || name.Is(_json, "regex"u8) || name.Is(_json, "ebnf"u8)
        || name.Raw(_json).StartsWith("guided_"u8) || name.Is(_json, "continue_final_message"u8) || name.Is(_json, "add_generation_prompt"u8);

    private void ReadForm()
    {
        if (!_cursor.SkipValue(out var value)) return;
        var text = value.Of(_json);
        _canContinue = text.SequenceEqual("null"u8);
    }

    // {"type":"text"} is no constraint.
    private void ReadResponseFormat()
    {
        if (_cursor.Peek() != (byte)'{')
        {
            ReadForm();
            return;
        }

        var isText = false;
        _cursor.BeginObject();
        while (_cursor.NextMember(out var name))
        {
            if (name.Is(_json, "type"u8) && _cursor.Peek() == (byte)'"') isText = _cursor.ReadString(out var type) && type.Is(_json, "text"u8);
            else _cursor.SkipValue();
        }

        _canContinue &= isText;
    }

    private void Refuse(ReadOnlySpan<byte> unless)
    {
        if (!_cursor.SkipValue(out var value)) return;
        var text = value.Of(_json);
        _canContinue = text.SequenceEqual(unless) || text.SequenceEqual("null"u8);
    }

    private readonly void Lower(JsonSpan value)
    {
        if (!Utf8Parser.TryParse(value.Of(_json), out long limit, out var consumed) || consumed != value.Length) return;
        // -1 is no limit (llama.cpp), and stays none.
        if (limit <= 0) return;
        _edits.TryReplace(value, Encoding.ASCII.GetBytes(Math.Max(1, limit - _tokensSaid).ToString(CultureInfo.InvariantCulture)));
    }

    private void ReadLimit()
    {
        if (_cursor.SkipValue(out var value)) Lower(value);
    }

    private void ReadMessages()
    {
        if (_cursor.Peek() != (byte)'[')
        {
            _cursor.SkipValue();
            _messagesEnd = 0;
            return;
        }

        var (isEmpty, isAssistants) = (true, false);
        _cursor.BeginArray();
        while (_cursor.NextElement())
        {
            isEmpty = isAssistants = false;
            if (_cursor.Peek() != (byte)'{')
            {
                _cursor.SkipValue();
                continue;
            }

            _cursor.BeginObject();
            while (_cursor.NextMember(out var name))
            {
                if (name.Is(_json, "role"u8) && _cursor.Peek() == (byte)'"' && _cursor.ReadString(out var role)) isAssistants = role.Is(_json, "assistant"u8);
                else _cursor.SkipValue();
            }
        }

        // Where the caller itself has begun the answer, its words and ours would be two messages.
        _messagesEnd = isEmpty || isAssistants ? 0 : _cursor.Position - 1;
    }

    private readonly byte[] Write(ReadOnlySpan<byte> said, bool asksToContinue)
    {
        var content = JsonText.Quote(Encoding.UTF8.GetString(said));
        _edits.Insert(_messagesEnd, [.. ",{\"role\":\"assistant\",\"content\":"u8, .. content, .. "}"u8]);
        if (asksToContinue)
            _edits.Insert(_json.IndexOf((byte)'{') + 1, "\"continue_final_message\":true,\"add_generation_prompt\":false,"u8);
        return _edits.Apply(_json);
    }
}
