namespace Penstock.Protocol;

/// <summary>
/// Finds all that a chunk of a chat or text completion adds: each string in the <c>delta</c> (or the <c>text</c>) of
/// each of its choices, at any depth.
/// </summary>
internal ref struct ChunkLeaves
{
    /// <summary>The lane of the first choice's text, which is all that most answers have.</summary>
    public static readonly ulong TextLane = InChoice(Down(Root, "content"u8), 0);

    private const int MaxDepth = 64;
    private const int ChoiceShift = 56;
    private const ulong Root = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    private readonly ReadOnlySpan<byte> _json;
    private readonly List<ChunkLeaf> _leaves;
    private JsonCursor _cursor;

    private ChunkLeaves(ReadOnlySpan<byte> json, List<ChunkLeaf> leaves)
    {
        _json = json;
        _leaves = leaves;
        _cursor = new JsonCursor(json, MaxDepth);
    }

    /// <summary>The choice that a lane belongs to.</summary>
    public static int ChoiceOf(ulong lane) => (int)(lane >> ChoiceShift);

    /// <summary>Collects them in the order of the text. The chunk has been scanned: it is a JSON object.</summary>
    public static void Collect(ReadOnlySpan<byte> chunk, List<ChunkLeaf> leaves)
    {
        leaves.Clear();
        var walk = new ChunkLeaves(chunk, leaves);
        walk.ReadChunk();
    }

    private void ReadChunk()
    {
        _cursor.BeginObject();
        while (_cursor.NextMember(out var name))
        {
            if (!name.Is(_json, "choices"u8) || _cursor.Peek() != (byte)'[')
            {
                _cursor.SkipValue();
                continue;
            }

            _cursor.BeginArray();
            while (_cursor.NextElement())
            {
                if (_cursor.Peek() == (byte)'{') ReadChoice();
                else _cursor.SkipValue();
            }
        }
    }

    private void ReadChoice()
    {
        var first = _leaves.Count;
        var index = 0L;
        _cursor.BeginObject();
        while (_cursor.NextMember(out var name))
        {
            // The text of a text completion is where a chat's content is: the lane is the same.
            if (name.Is(_json, "text"u8)) ReadLeaf(name, Down(Root, "content"u8));
            else if (name.Is(_json, "delta"u8) && _cursor.Peek() == (byte)'{') ReadObject(Root);
            else if (name.Is(_json, "index"u8)) index = ReadIndex(index);
            else _cursor.SkipValue();
        }

        for (var i = first; i < _leaves.Count; i++) _leaves[i] = _leaves[i] with { Lane = InChoice(_leaves[i].Lane, index) };
    }

    private void ReadObject(ulong place)
    {
        _cursor.BeginObject();
        while (_cursor.NextMember(out var name)) ReadMember(name, Down(place, name.Raw(_json)));
    }

    private void ReadMember(JsonString name, ulong place)
    {
        switch (_cursor.Peek())
        {
            case (byte)'{':
                ReadObject(place);
                break;
            case (byte)'[':
                ReadArray(place);
                break;
            default:
                ReadLeaf(name, place);
                break;
        }
    }

    // The elements of a list (tool calls) come piece by piece, and say which one they are a piece of.
    private void ReadArray(ulong place)
    {
        var position = 0L;
        _cursor.BeginArray();
        while (_cursor.NextElement())
        {
            var first = _leaves.Count;
            var index = position++;
            if (_cursor.Peek() == (byte)'{')
            {
                _cursor.BeginObject();
                while (_cursor.NextMember(out var name))
                {
                    if (name.Is(_json, "index"u8)) index = ReadIndex(index);
                    else ReadMember(name, Down(place, name.Raw(_json)));
                }
            }
            else
            {
                _cursor.SkipValue();
            }

            for (var i = first; i < _leaves.Count; i++) _leaves[i] = _leaves[i] with { Lane = (_leaves[i].Lane ^ ((ulong)index + 1)) * Prime };
        }
    }

    private void ReadLeaf(JsonString name, ulong place)
    {
        if (_cursor.Peek() != (byte)'"')
        {
            _cursor.SkipValue();
            return;
        }

        if (!_cursor.ReadString(out var value) || name.Is(_json, "type"u8)) return;
        var kind = name.Is(_json, "role"u8) ? ChunkLeafKind.Role : name.Is(_json, "id"u8) ? ChunkLeafKind.Id : ChunkLeafKind.Text;
        _leaves.Add(new ChunkLeaf(kind, place, value, new JsonSpan(name.Token.Start, value.Token.End - name.Token.Start)));
    }

    private long ReadIndex(long otherwise)
    {
        if (!_cursor.SkipValue(out var span)) return otherwise;
        return System.Buffers.Text.Utf8Parser.TryParse(span.Of(_json), out long index, out _) ? index : otherwise;
    }

    // FNV-1a. The names are a server's own, so that nobody gains by making two of them meet.
    private static ulong Down(ulong place, ReadOnlySpan<byte> name)
    {
        foreach (var b in name) place = (place ^ b) * Prime;
        return (place ^ '.') * Prime;
    }

    private static ulong InChoice(ulong place, long choice) => (place << 8 >> 8) | ((ulong)(choice & 127) << ChoiceShift);
}
