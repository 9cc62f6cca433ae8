namespace Penstock.Routing.Prefix;

/// <summary>
/// A server's place in an index, for as long as the server has it: one that leaves its pool and comes back gets another, and
/// who still holds the one of before has nothing more to say.
/// </summary>
/// <param name="number">Which of the index's places it is.</param>
/// <param name="version">Grows with each reload: of two that are the same place the later one counts.</param>
/// <param name="incarnation">Of the server, when it got the place.</param>
internal sealed class IndexPlace(int number, int version, long incarnation)
{
    // What a short prompt says of the tokens in a block is mostly what a template adds to it.
    private const int TellingBlocks = 16;
    private const double LearnShare = 1.0 / 16;

    // A room that differs by less is the same one: what it is reckoned from is not better than that.
    private const double LeastChange = 1.0 / 8;

    private double _blockTokens = PromptShape.UsualBlockTokens;
    private int _room;

    public int Number => number;

    public int Version => version;

    /// <summary>The server's life that the index knows of.</summary>
    public long Incarnation { get; set; } = incarnation;

    /// <summary>The same server's place in a larger index.</summary>
    public IndexPlace MovedTo(int other, int later) => new(other, later, Incarnation) { _blockTokens = _blockTokens, _room = _room };

    /// <summary>Gives the server the room that it says it has, in blocks. What has been learned of it since stays: as a share of that.</summary>
    /// <param name="index">The index.</param>
    /// <param name="tokens">What its cache holds.</param>
    /// <param name="prompt">One that it is sent: of the longer ones is learned how many tokens a block has.</param>
    public void Fit(PrefixIndex index, long tokens, PromptShape prompt)
    {
        if (prompt.Blocks.Length >= TellingBlocks) _blockTokens += LearnShare * (prompt.BlockTokens - _blockTokens);
        var room = (int)Math.Clamp(tokens / _blockTokens, 1, int.MaxValue);
        if (_room > 0 && Math.Abs((double)room - _room) <= LeastChange * _room) return;
        var learned = _room == 0 ? 1 : (double)index[number].Limit / Math.Min(_room, index[number].Most);
        index.Limit(number, (int)Math.Clamp(room * learned, 1, int.MaxValue));
        _room = room;
    }
}
