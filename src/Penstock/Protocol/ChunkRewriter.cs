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
    private readonly JsonEdits _edits = new();
    private readonly byte[]? _id;
    private readonly bool _hasRole;
    private readonly long _shift;
    private UInt128 _newIn;

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
        _newIn = 0;
        ChunkLeaves.Collect(chunk, _leaves);
        var hasText = false;
        var isNew = facts.FinishedChoices != 0 || facts.Usage is not null || !facts.HasChoices;
        foreach (var leaf in _leaves)
        {
            switch (leaf.Kind)
            {
                case ChunkLeafKind.Role when _hasRole:
                    // Two in one delta, which nobody can take for an answer.
                    if (!_edits.TryReplace(WithComma(chunk, leaf.Member), [])) return false;
                    break;
                case ChunkLeafKind.Role:
                    isNew = true;
                    break;
                case ChunkLeafKind.Id when _lanes.TryGetValue(leaf.Lane, out var lane):
                    // Whatever it is called this time, it has been named.
                    lane.Position = lane.Limit;
                    hasText = true;
                    _edits.TryReplace(leaf.Value.Token, "\"\""u8);
                    break;
                default:
                    hasText = true;
                    if (leaf.Value.Token.Length > 2 && !TrySkip(chunk, leaf)) return false;
                    break;
            }
        }

        // It says something in a place that is not known here: nobody can tell whether that was said.
        if (facts.HasContent && !hasText) return false;
        // A choice that says something new, or ends, before it has said all that was said is another answer.
        var goneOn = _newIn | facts.FinishedChoices;
        foreach (var (key, lane) in _lanes)
        {
            if (lane.Position < lane.Limit && (goneOn >> ChunkLeaves.ChoiceOf(key) & 1) != 0) return false;
        }

        if (!isNew && _newIn == 0) return true;
        if (_id is not null && facts.Id.IsPresent) _edits.TryReplace(facts.Id, _id);
        ShiftUsage(facts);
        rewritten = _edits.Apply(chunk);
        return true;
    }

    private bool TrySkip(ReadOnlySpan<byte> chunk, in ChunkLeaf leaf)
    {
        var token = leaf.Value.Token;
        var choice = UInt128.One << ChunkLeaves.ChoiceOf(leaf.Lane);
        if (!_lanes.TryGetValue(leaf.Lane, out var lane) || lane.Position == lane.Limit)
        {
            _newIn |= choice;
            return true;
        }

        var text = new byte[token.Length - 2];
        if (!JsonText.TryUnescape(token.Of(chunk), text, out var length)) return false;
        var expected = _said.Of(leaf.Lane)[lane.Position..lane.Limit];
        var skipped = Math.Min(length, expected.Length);
        if (!text.AsSpan(0, skipped).SequenceEqual(expected[..skipped])) return false;
        lane.Position += skipped;
        if (length > skipped) _newIn |= choice;
        _edits.TryReplace(token, JsonText.Quote(Encoding.UTF8.GetString(text, skipped, length - skipped)));
        return true;
    }

    private void ShiftUsage(in AnswerFacts facts)
    {
        if (_shift == 0 || facts.Usage is not { } usage || !facts.PromptTokensAt.IsPresent || !facts.CompletionTokensAt.IsPresent) return;
        var shift = Math.Min(_shift, usage.PromptTokens);
        _edits.TryReplace(facts.PromptTokensAt, Number(usage.PromptTokens - shift));
        _edits.TryReplace(facts.CompletionTokensAt, Number(usage.CompletionTokens + shift));
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
