using System.Buffers;
using System.Globalization;
using System.Text;

namespace Penstock.Protocol;

/// <summary>
/// Makes the chunks of a second answer go on where a first one broke off: what was said already is left out, as is
/// the role, and the id stays the first one's.
/// </summary>
internal sealed class ChunkRewriter
{
    private readonly StreamText _said;
    private readonly Dictionary<ulong, Lane> _lanes = [];
    private readonly List<ChunkLeaf> _leaves = [];
    private readonly List<(JsonSpan Span, byte[] Text)> _edits = [];
    private readonly byte[]? _id;
    private readonly bool _hasRole;
    private readonly long _shift;

    /// <param name="said">What the caller has.</param>
    /// <param name="id">The id of its chunks as a JSON token; null where that is not to be looked after.</param>
    /// <param name="hasRole">Whether it has the role.</param>
    /// <param name="isReplay">Whether the answer begins from its beginning; else it goes on.</param>
    public ChunkRewriter(StreamText said, byte[]? id, bool hasRole, bool isReplay)
    {
        _said = said;
        _id = id;
        _hasRole = hasRole;
        foreach (var lane in said.Lanes) _lanes[lane] = new Lane { Position = isReplay ? 0 : said.Of(lane).Length, Limit = said.Of(lane).Length };
        // A server that goes on counts what was said as a part of its prompt. The caller pays for it as what it is.
        _shift = isReplay ? 0 : said.Chunks;
    }

    /// <summary>Whether all that was said before has been said again.</summary>
    public bool IsCaughtUp => _lanes.Values.All(lane => lane.Position >= lane.Limit);

    /// <summary>Rewrites a chunk.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="facts">What was found in it.</param>
    /// <param name="rewritten">What is new in it; empty where nothing is.</param>
    /// <returns>False where it says something else than was said before.</returns>
    public bool TryRewrite(ReadOnlySpan<byte> chunk, in AnswerFacts facts, out byte[] rewritten)
    {
        rewritten = [];
        _edits.Clear();
        ChunkLeaves.Collect(chunk, _leaves);
        var isNew = facts.FinishedChoices != 0 || facts.Usage is not null || !facts.HasChoices;
        foreach (var leaf in _leaves)
        {
            switch (leaf.Kind)
            {
                case ChunkLeafKind.Role when _hasRole:
                    _edits.Add((WithComma(chunk, leaf.Member), []));
                    break;
                case ChunkLeafKind.Role:
                    isNew = true;
                    break;
                case ChunkLeafKind.Id when _lanes.TryGetValue(leaf.Lane, out var lane):
                    lane.Position = lane.Limit;
                    _edits.Add((leaf.Value.Token, "\"\""u8.ToArray()));
                    break;
                case ChunkLeafKind.Id:
                    isNew = true;
                    break;
                case ChunkLeafKind.Text:
                    if (!TrySkip(chunk, leaf, ref isNew)) return false;
                    break;
            }
        }

        // A choice that ends before it has said all that was said is another answer.
        foreach (var (key, lane) in _lanes)
        {
            if (lane.Position < lane.Limit && (facts.FinishedChoices >> ChunkLeaves.ChoiceOf(key) & 1) != 0) return false;
        }

        if (!isNew) return true;
        if (_id is not null && facts.Id.IsPresent) _edits.Add((facts.Id, _id));
        ShiftUsage(facts);
        rewritten = Apply(chunk);
        return true;
    }

    private bool TrySkip(ReadOnlySpan<byte> chunk, in ChunkLeaf leaf, ref bool isNew)
    {
        var token = leaf.Value.Token;
        if (token.Length <= 2) return true;
        if (!_lanes.TryGetValue(leaf.Lane, out var lane) || lane.Position == lane.Limit)
        {
            isNew = true;
            return true;
        }

        var text = new byte[token.Length - 2];
        if (!JsonText.TryUnescape(token.Of(chunk), text, out var length)) return false;
        var expected = _said.Of(leaf.Lane)[lane.Position..lane.Limit];
        var skipped = Math.Min(length, expected.Length);
        if (!text.AsSpan(0, skipped).SequenceEqual(expected[..skipped])) return false;
        lane.Position += skipped;
        isNew |= length > skipped;
        _edits.Add((token, JsonText.Quote(Encoding.UTF8.GetString(text, skipped, length - skipped))));
        return true;
    }

    private void ShiftUsage(in AnswerFacts facts)
    {
        if (_shift == 0 || facts.Usage is not { } usage || !facts.PromptTokensAt.IsPresent || !facts.CompletionTokensAt.IsPresent) return;
        var shift = Math.Min(_shift, usage.PromptTokens);
        _edits.Add((facts.PromptTokensAt, Number(usage.PromptTokens - shift)));
        _edits.Add((facts.CompletionTokensAt, Number(usage.CompletionTokens + shift)));
    }

    private byte[] Apply(ReadOnlySpan<byte> chunk)
    {
        _edits.Sort((one, other) => one.Span.Start.CompareTo(other.Span.Start));
        var output = new ArrayBufferWriter<byte>(chunk.Length + 64);
        var from = 0;
        foreach (var (span, text) in _edits)
        {
            output.Write(chunk[from..span.Start]);
            output.Write(text);
            from = span.End;
        }

        output.Write(chunk[from..]);
        return output.WrittenSpan.ToArray();
    }

    private static byte[] Number(long value) => Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture));

    // A member goes with the comma after it, or, as the last one, with the one before.
    private static JsonSpan WithComma(ReadOnlySpan<byte> json, JsonSpan member)
    {
        var end = member.End;
        while (end < json.Length && IsSpace(json[end])) end++;
        if (json[end] == (byte)',') return new JsonSpan(member.Start, end + 1 - member.Start);
        var start = member.Start;
        while (IsSpace(json[start - 1])) start--;
        return json[start - 1] == (byte)',' ? new JsonSpan(start - 1, member.End - start + 1) : member;
    }

    private static bool IsSpace(byte b) => b is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    private sealed class Lane
    {
        public int Position;
        public required int Limit;
    }
}
