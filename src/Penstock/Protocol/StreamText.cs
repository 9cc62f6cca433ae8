namespace Penstock.Protocol;

/// <summary>
/// All that a stream has said so far, decoded, so that another server can be asked to go on from there, or its words
/// be compared. Nearly always that is one text; each other thing that grows (another choice, reasoning, the arguments
/// of a tool call) has a lane of its own.
/// </summary>
internal sealed class StreamText : IDisposable
{
    // Longer than any model's answer. What is longer is not kept, and cannot be rescued.
    private const int Longest = 4 * 1024 * 1024;

    private PooledBuffer? _text;
    private List<ChunkLeaf>? _leaves;
    private Dictionary<ulong, PooledBuffer>? _others;
    private int _length;

    /// <summary>Whether all that was said is known. Not so, where something was no text, or there was too much of it.</summary>
    public bool IsKnown { get; private set; } = true;

    /// <summary>Whether the text of the first choice is all that was said.</summary>
    public bool IsPlain => IsKnown && _others is null;

    /// <summary>The events that brought content: with most servers each is a token.</summary>
    public long Chunks { get; private set; }

    /// <summary>The text of the first choice.</summary>
    public ReadOnlySpan<byte> Text => _text is null ? default : _text.Span;

    /// <summary>What was said in each lane, as far as it is not empty.</summary>
    public IEnumerable<ulong> Lanes => [.. _text is null ? Array.Empty<ulong>() : [ChunkLeaves.TextLane], .. _others?.Keys ?? (IEnumerable<ulong>)[]];

    public ReadOnlySpan<byte> Of(ulong lane) => lane == ChunkLeaves.TextLane ? Text
        : _others is not null && _others.TryGetValue(lane, out var other) ? other.Span
        : default;

    /// <summary>Adds what a chunk says.</summary>
    public void Add(ReadOnlySpan<byte> chunk, in AnswerFacts facts)
    {
        if (!IsKnown || !facts.HasContent) return;
        Chunks++;
        if (!facts.HasOtherContent)
        {
            Append(ref _text, chunk, facts.Text);
            return;
        }

        ChunkLeaves.Collect(chunk, _leaves ??= []);
        foreach (var leaf in _leaves)
        {
            if (leaf.Kind == ChunkLeafKind.Role || leaf.Value.Token.Length <= 2) continue;
            if (leaf.Lane == ChunkLeaves.TextLane)
            {
                Append(ref _text, chunk, leaf.Value);
                continue;
            }

            _others ??= [];
            var lane = _others.GetValueOrDefault(leaf.Lane);
            Append(ref lane, chunk, leaf.Value);
            if (lane is not null) _others[leaf.Lane] = lane;
        }
    }

    public void Dispose()
    {
        _text?.Dispose();
        _text = null;
        foreach (var other in _others?.Values ?? Enumerable.Empty<PooledBuffer>()) other.Dispose();
        _others = null;
        IsKnown = false;
    }

    private void Append(ref PooledBuffer? lane, ReadOnlySpan<byte> chunk, JsonString value)
    {
        var raw = value.Raw(chunk);
        if ((_length += raw.Length) > Longest)
        {
            IsKnown = false;
            return;
        }

        lane ??= new PooledBuffer(256);
        var room = lane.GetMemory(raw.Length).Span;
        if (!value.IsEscaped)
        {
            raw.CopyTo(room);
            lane.Advance(raw.Length);
        }
        else if (JsonText.TryUnescape(value.Token.Of(chunk), room, out var length))
        {
            lane.Advance(length);
        }
        else
        {
            // Half of a surrogate pair, whose other half may come with the next chunk.
            IsKnown = false;
        }
    }
}
